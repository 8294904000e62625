/*
 * Alerts to the system's log: journald by field, or syslog(3)'s socket.
 *
 * Never blocks the loop: what does not fit now is not taken, and the caller,
 * who keeps a cursor into the alert log, offers it again. A log that is away
 * is looked for again at each offer.
 *
 * Both get the message
 *
 *   EXTREME LIKELY crossed mass-casualty minsk-1: <headline> (<identifier>)
 *
 * with RESOLVED or CANCELLED before it at an episode's end, and EXERCISE or
 * TEST before that in a drill, so that neither is taken for an accusation.
 * Controls, bytes that are not UTF-8 and marks that reorder or break lines come
 * as \xNN, so that no report can forge a line; a backslash comes doubled.
 *
 * Severity as syslog priority: Extreme alert (1), Severe crit (2), Moderate
 * warning (4), Minor and Unknown notice (5); at the end of an episode too.
 *
 * journald: MESSAGE, MESSAGE_ID (below), PRIORITY, SYSLOG_FACILITY,
 * SYSLOG_IDENTIFIER=truced, and, as they stand in the alert, TRUCED_IDENTIFIER,
 * _STREAM, _SEQ, _MSG_TYPE, _STATE, _CAUSE, _STATUS, _EPISODE, _REFERENCES,
 * _RULE, _AGREEMENT, _SEVERITY, _CERTAINTY, _URGENCY, _MEASURE, _CONFIRMED,
 * _SUPPORTED, _REPORTED, _UPPER, _THRESHOLD, _SENT_AT (Unix milliseconds, the
 * engine's time), _DESCRIPTION, _INSTRUCTION, _WEB, _ACKNOWLEDGED_BY, _COMMENT,
 * one TRUCED_LABEL_<NAME> for each label and one TRUCED_EVIDENCE for each
 * report. What is not set is left out, but for labels.
 *
 * syslog: one line `<PRI>Mon dd hh:mm:ss truced[pid]: ` with the present local
 * time, the message, and the same facts as key=value as far as they fit in
 * 2,048 bytes; labels as name="value", one that is not set as name=unknown.
 */
#ifndef TRUCED_EDGE_SYSLOG_H
#define TRUCED_EDGE_SYSLOG_H

#include <stdint.h>

#include "edge/codec.h"
#include "edge/settings.h"

/* `journalctl MESSAGE_ID=...` finds every alert, and nothing else. */
#define SYSLOG_ALERT_MESSAGE_ID "54175343f1714068a864d4c0deeea6b7"

enum {
	SYSLOG_LINE_MAX = 2048,		/* bytes of a syslog line */
	SYSLOG_DATAGRAM_MAX = 16 * 1024 /* bytes of a journald entry */
};

struct syslog_outlet;

/* AUTO takes journald where its socket is, else /dev/log. facility is one of
 * LOG_DAEMON, ... That the log is away is no error here: -ENOMEM is the only
 * one. */
int syslog_outlet_new(struct syslog_outlet **ret_outlet,
		      enum syslog_target target, int facility,
		      enum severity min_severity);
void syslog_outlet_free(struct syslog_outlet *outlet);

/* The same with other sockets, for tests. The paths must outlive the outlet.
 */
struct syslog_paths {
	const char *journal;
	const char *syslog;
};
int syslog_outlet_open(struct syslog_outlet **ret_outlet,
		       const struct syslog_paths *paths,
		       enum syslog_target target, int facility,
		       enum severity min_severity);

/*
 * 0: taken (or below min_severity, or OFF). -EAGAIN: full now, offer it again
 * later. Other errors: the log is away; offer it again later, too.
 *
 * What takes something back, or may, is taken whatever its severity: an
 * episode's end, LEVEL_DOWN, CORRECTED and RULE_CHANGED. The log may have been
 * told the accusation at a higher severity than it is withdrawn with.
 */
int syslog_outlet_alert(struct syslog_outlet *outlet,
			const struct notice *notice);

#endif
