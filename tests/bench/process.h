/* Processes of the bench, and the time they take. A child ends when the bench
 * does, however that ends. */
#ifndef TRUCED_BENCH_PROCESS_H
#define TRUCED_BENCH_PROCESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Says what went wrong and ends the bench with 1. */
__attribute__((noreturn, format(printf, 1, 2))) void fail(const char *format,
							  ...);

int64_t now_ns(void);		 /* monotonic, the same in all processes */
void sleep_until(int64_t at_ns); /* monotonic */
int64_t cpu_ns(pid_t process);	 /* all its threads, user and system */
int64_t cpu_own_ns(void);	 /* of this thread */

/* A child that runs a function and ends. */
pid_t process_fork(void (*run)(void *context), void *context);
/* A child that runs a program, its output appended to a file. */
pid_t process_run(char *const *arguments, const char *log);
/* Asks it to end and waits until it has. */
void process_end(pid_t process);

/* Memory that children share, all zero. */
void *memory_shared(size_t size);

#endif
