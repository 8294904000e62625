#include "daemon.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zmq.h>

#include "material.h"
#include "process.h"

enum { PATIENCE_MS = 10000 };

const char *state_parent = "/var/tmp";

static void
configure(const struct daemon *daemon, const char *file, const char *intake,
	  const char *alerts, const char *rules)
{
	char endpoints[1024];

	snprintf(endpoints, sizeof(endpoints),
		 "service: { endpoints = [ \"%s\" ]; };\n"
		 "intake: { subscribe = ( { endpoint = \"%s%s\"; bind = %s; "
		 "topics = [ \"incident.\" ]; } ); };\n"
		 "alerts: { publish = ( { endpoint = \"%s%s\"; bind = %s; } ); "
		 "heartbeat = \"1s\"; };\n",
		 daemon->service, intake ? intake : daemon->service,
		 intake ? "" : "-in", intake ? "false" : "true",
		 alerts ? alerts : daemon->service, alerts ? "" : "-out",
		 alerts ? "false" : "true");
	char *text = configuration_text(endpoints, rules);
	FILE *stream = fopen(file, "w");
	if (!stream || fputs(text, stream) < 0 || fclose(stream) != 0)
		fail("%s cannot be written", file);
	free(text);
}

/* Connected before there is anybody: ZeroMQ tries until there is. */
static void
service_connect(struct daemon *daemon)
{
	int patience = PATIENCE_MS, again = 5, none = 0;

	daemon->context = zmq_ctx_new();
	daemon->socket = zmq_socket(daemon->context, ZMQ_DEALER);
	zmq_setsockopt(daemon->socket, ZMQ_RCVTIMEO, &patience,
		       sizeof(patience));
	zmq_setsockopt(daemon->socket, ZMQ_RECONNECT_IVL, &again,
		       sizeof(again));
	zmq_setsockopt(daemon->socket, ZMQ_LINGER, &none, sizeof(none));
	if (zmq_connect(daemon->socket, daemon->service) != 0 ||
	    codec_new(&daemon->codec) != 0)
		fail("%s cannot be reached", daemon->service);
}

void
daemon_stop(struct daemon *daemon)
{
	process_end(daemon->process);
}

void
daemon_start(struct daemon *daemon)
{
	char file[160], log[160];

	snprintf(file, sizeof(file), "%s/conf", daemon->directory);
	snprintf(log, sizeof(log), "%s/log", daemon->directory);
	char *arguments[] = {(char *)daemon->program, "-c", file, "--state-dir",
			     daemon->directory,	      NULL};
	daemon->process = process_run(arguments, log);
	daemon_accepted(daemon);
}

struct daemon *
daemon_new(enum daemon_kind kind, const char *intake, const char *alerts,
	   const char *rules)
{
	static const char *const programs[] = {
		[WITH_JOURNAL] = TRUCED,
		[WITHOUT_JOURNAL] = TRUCED_WITHOUT_JOURNAL,
	};
	struct daemon *daemon = calloc(1, sizeof(*daemon));
	char file[160];

	if (!daemon)
		fail("out of memory");
	snprintf(daemon->directory, sizeof(daemon->directory),
		 "%.90s/truced-bench.XXXXXX", state_parent);
	if (!mkdtemp(daemon->directory))
		fail("%s: %s", daemon->directory, strerror(errno));
	snprintf(daemon->service, sizeof(daemon->service), "ipc://%s/service",
		 daemon->directory);
	snprintf(file, sizeof(file), "%s/conf", daemon->directory);
	daemon->program = programs[kind];
	configure(daemon, file, intake, alerts, rules);
	service_connect(daemon);
	daemon_start(daemon);
	return daemon;
}

static int
entry_remove(const char *path, const struct stat *status, int type,
	     struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

void
daemon_free(struct daemon *daemon)
{
	zmq_close(daemon->socket);
	zmq_ctx_term(daemon->context);
	codec_free(daemon->codec);
	process_end(daemon->process);
	nftw(daemon->directory, entry_remove, 16, FTW_DEPTH | FTW_PHYS);
	free(daemon);
}

void
request_send(struct daemon *daemon, const struct request *request)
{
	size_t size;
	const uint8_t *bytes =
		codec_request_pack(daemon->codec, request, &size);

	if (!bytes || zmq_send(daemon->socket, bytes, size, 0) < 0)
		fail("a request cannot be sent");
}

void
reply_receive(struct daemon *daemon, struct reply *ret_reply)
{
	zmq_msg_t frame;

	zmq_msg_init(&frame);
	if (zmq_msg_recv(&frame, daemon->socket, 0) < 0)
		fail("no answer; see %s/log", daemon->directory);
	if (!codec_reply_unpack(daemon->codec, zmq_msg_data(&frame),
				zmq_msg_size(&frame), ret_reply))
		fail("an answer cannot be read");
	zmq_msg_close(&frame);
}

uint64_t
daemon_accepted(struct daemon *daemon)
{
	const struct request request = {.kind = REQUEST_STATUS};
	struct reply reply;

	request_send(daemon, &request);
	reply_receive(daemon, &reply);
	if (reply.kind != REPLY_STATUS ||
	    reply.status.verdicts[VERDICT_REJECTED])
		fail("reports are refused; see %s", daemon->directory);
	return reply.status.verdicts[VERDICT_ACCEPTED];
}
