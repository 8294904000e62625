#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void
fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("bench: ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
	exit(EXIT_FAILURE);
}

static int64_t
clock_ns(clockid_t clock)
{
	struct timespec time;

	if (clock_gettime(clock, &time) != 0)
		fail("a clock cannot be read; has a process ended?");
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int64_t
now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

void
sleep_until(int64_t at_ns)
{
	struct timespec at = {.tv_sec = at_ns / 1000000000,
			      .tv_nsec = at_ns % 1000000000};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) ==
	       EINTR)
		;
}

int64_t
cpu_ns(pid_t process)
{
	clockid_t clock;

	if (clock_getcpuclockid(process, &clock) != 0)
		fail("process %d has ended too early", (int)process);
	return clock_ns(clock);
}

int64_t
cpu_own_ns(void)
{
	return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

static pid_t
child(void)
{
	pid_t parent = getpid();

	fflush(NULL);
	pid_t process = fork();
	if (process < 0)
		fail("no process can be made");
	if (process == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(EXIT_FAILURE);
	}
	return process;
}

pid_t
process_fork(void (*run)(void *context), void *context)
{
	pid_t process = child();

	if (process == 0) {
		run(context);
		_exit(EXIT_SUCCESS);
	}
	return process;
}

pid_t
process_run(char *const *arguments, const char *log)
{
	pid_t process = child();

	if (process == 0) {
		int file = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
		if (file < 0 || dup2(file, STDOUT_FILENO) < 0 ||
		    dup2(file, STDERR_FILENO) < 0)
			_exit(EXIT_FAILURE);
		execv(arguments[0], arguments);
		_exit(EXIT_FAILURE);
	}
	return process;
}

void
process_end(pid_t process)
{
	kill(process, SIGTERM);
	while (waitpid(process, NULL, 0) < 0 && errno == EINTR)
		;
}

void *
memory_shared(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		fail("out of memory");
	return memory;
}
