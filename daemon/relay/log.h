/*
 * What truced says of itself: lines on standard error, with the priority that
 * systemd reads when it is there. Only relay and main log.
 */
#ifndef TRUCED_RELAY_LOG_H
#define TRUCED_RELAY_LOG_H

/* As syslog's: LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO. */
__attribute__((format(printf, 2, 3))) void log_line(int priority,
						    const char *format, ...);

#endif
