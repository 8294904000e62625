/* Offers one alert, with hostile text in it, to the system's log until it is
 * taken: log_alert auto|journal|syslog. Exits 1 after ten seconds. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "edge/syslog.h"

enum { PAUSE_MS = 20, PAUSES = 500 };

static const struct notice_label labels[] = {{"party", "lpr"},
					     {"place", "Popasna\nPRIORITY=0"}};

static const struct notice notice = {
	.identifier = "truced-1a2b3c4d-420",
	.stream = "1a2b3c4d5e6f708192a3b4c5d6e7f809",
	.episode = "truced-1a2b3c4d-420",
	.references = "",
	.rule = "mass-casualty",
	.agreement = "minsk-1",
	.measure = "killed",
	.headline = "Попасна: 6 killed\n<0>all is well",
	.description = "",
	.instruction = "",
	.web = "",
	.seq = 420,
	.msg_type = MSG_TYPE_ALERT,
	.state = ALERT_FIRING,
	.cause = CAUSE_CROSSED,
	.severity = SEVERITY_EXTREME,
	.certainty = CERTAINTY_LIKELY,
	.urgency = URGENCY_IMMEDIATE,
	.sums = {2, 4, 6, 8},
	.threshold = 5,
	.onset_at = TIME_UNSET,
	.sent_at = 1409961600123,
	.labels = labels,
	.labels_count = 2,
};

int
main(int count, char **words)
{
	enum syslog_target target = SYSLOG_AUTO;
	struct syslog_outlet *outlet;
	int error = -1;

	if (count == 2 && strcmp(words[1], "journal") == 0)
		target = SYSLOG_JOURNAL;
	if (count == 2 && strcmp(words[1], "syslog") == 0)
		target = SYSLOG_SYSLOG;
	if (syslog_outlet_new(&outlet, target, LOG_DAEMON, SEVERITY_MINOR) < 0)
		return EXIT_FAILURE;
	for (int tries = 0; error < 0 && tries < PAUSES; tries++) {
		error = syslog_outlet_alert(outlet, &notice);
		if (error < 0) /* as the relay does: again, later */
			poll(NULL, 0, PAUSE_MS);
	}
	if (error < 0)
		fprintf(stderr, "not taken: %s\n", strerror(-error));
	syslog_outlet_free(outlet);
	return error < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
