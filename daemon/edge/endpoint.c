#include "edge/endpoint.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <zmq.h>

enum {
	HANDSHAKE_MS = 5000,	     /* a peer that says nothing is let go */
	RECONNECT_MS = 100,	     /* first pause, doubled ... */
	RECONNECT_LONGEST_MS = 5000, /* ... up to this */
	KEEPALIVE_IDLE_S = 60,
	KEEPALIVE_INTERVAL_S = 15,
	KEEPALIVE_COUNT = 4,
	IPC_MASK = 0117, /* leaves 0660 */
};

static const char ipc_scheme[] = "ipc://";

static bool
begins_with(const char *text, const char *beginning)
{
	return strncmp(text, beginning, strlen(beginning)) == 0;
}

static int
set_number(void *socket, int option, int value)
{
	return zmq_setsockopt(socket, option, &value, sizeof(value)) == 0
		       ? 0
		       : -zmq_errno();
}

static int
set_bounds(void *socket, const struct socket_bounds *bounds)
{
	const struct {
		int option;
		int value;
	} numbers[] = {
		{ZMQ_RCVHWM, bounds->receive_queue},
		{ZMQ_SNDHWM, bounds->send_queue},
		{ZMQ_LINGER, bounds->linger_ms},
		{ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS},
		{ZMQ_RECONNECT_IVL, RECONNECT_MS},
		{ZMQ_RECONNECT_IVL_MAX, RECONNECT_LONGEST_MS},
		{ZMQ_TCP_KEEPALIVE, 1},
		{ZMQ_TCP_KEEPALIVE_IDLE, KEEPALIVE_IDLE_S},
		{ZMQ_TCP_KEEPALIVE_INTVL, KEEPALIVE_INTERVAL_S},
		{ZMQ_TCP_KEEPALIVE_CNT, KEEPALIVE_COUNT},
	};
	int error = 0;

	for (size_t i = 0;
	     error == 0 && i < sizeof(numbers) / sizeof(numbers[0]); i++)
		error = set_number(socket, numbers[i].option, numbers[i].value);
	if (error == 0 &&
	    zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &bounds->frame_max,
			   sizeof(bounds->frame_max)) != 0)
		error = -zmq_errno();
	return error;
}

int
endpoint_socket_new(void **ret_socket, void *context, int type,
		    const struct socket_bounds *bounds)
{
	void *socket = zmq_socket(context, type);

	if (!socket)
		return -zmq_errno();
	int error = set_bounds(socket, bounds);
	if (error < 0) {
		zmq_close(socket);
		return error;
	}
	*ret_socket = socket;
	return 0;
}

/* libzmq removes whatever is at the path before it binds: a daemon's living
 * socket, or any file. Nothing but a dead socket may be removed. */
static int
check_path(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct stat found;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	if (lstat(path, &found) != 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(found.st_mode))
		return -EEXIST;
	strcpy(address.sun_path, path);
	int probe =
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (probe < 0)
		return -errno;
	int error = 0;
	if (connect(probe, (const struct sockaddr *)&address,
		    sizeof(address)) == 0 ||
	    errno == EAGAIN) /* its backlog is full, so it lives */
		error = -EADDRINUSE;
	else if (errno != ECONNREFUSED && errno != ENOENT)
		error = -errno;
	close(probe);
	return error;
}

static int
ipc_bind(void *socket, const char *address)
{
	int error = check_path(address + strlen(ipc_scheme));

	if (error < 0)
		return error;
	/* libzmq makes the file in this thread, inside zmq_bind; a chmod
	 * afterwards would leave a moment in which anyone may connect. */
	mode_t mask = umask(IPC_MASK);
	if (zmq_bind(socket, address) != 0)
		error = -zmq_errno();
	umask(mask);
	return error;
}

int
endpoint_open(void *socket, const struct endpoint *endpoint)
{
	const char *address = endpoint->address;
	bool ipc = begins_with(address, ipc_scheme);

	/* Debian's libzmq speaks more transports than we have thought of. */
	if (!ipc && !begins_with(address, "tcp://") &&
	    !begins_with(address, "inproc://"))
		return -EPROTONOSUPPORT;
	if (ipc && address[strlen(ipc_scheme)] == '@')
		return -EACCES;
	int error =
		set_number(socket, ZMQ_IPV6, begins_with(address, "tcp://["));
	if (error < 0)
		return error;
	if (ipc && endpoint->bind)
		return ipc_bind(socket, address);
	int result = endpoint->bind ? zmq_bind(socket, address)
				    : zmq_connect(socket, address);
	return result == 0 ? 0 : -zmq_errno();
}

int
endpoints_open(void *socket, const struct endpoint *endpoints, size_t count,
	       const char **ret_address)
{
	for (size_t i = 0; i < count; i++) {
		int error = endpoint_open(socket, &endpoints[i]);

		if (error < 0) {
			if (ret_address)
				*ret_address = endpoints[i].address;
			return error;
		}
	}
	return 0;
}
