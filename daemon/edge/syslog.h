/*
 * Alerts to the system's log: journald by field, or syslog(3)'s socket.
 *
 * Never blocks the loop: what does not fit now is not taken, and the caller,
 * who keeps a cursor into the alert log, offers it again.
 */
#ifndef TRUCED_EDGE_SYSLOG_H
#define TRUCED_EDGE_SYSLOG_H

#include <stdint.h>

#include "edge/codec.h"
#include "edge/settings.h"

struct syslog_outlet;

/* AUTO takes journald where its socket is, else /dev/log. */
int syslog_outlet_new(struct syslog_outlet **ret_outlet,
		      enum syslog_target target, int facility,
		      enum severity min_severity);
void syslog_outlet_free(struct syslog_outlet *outlet);

/* 0: taken (or below min_severity, or OFF). -EAGAIN: full now, offer it again
 * later. Other errors: the log is away; offer it again later, too. */
int syslog_outlet_alert(struct syslog_outlet *outlet,
			const struct notice *notice);

#endif
