/* What is measured; each prints its table. */
#ifndef TRUCED_BENCH_BENCH_H
#define TRUCED_BENCH_BENCH_H

void bench_throughput(void);
void bench_submit(void);
void bench_alerts(void);
void bench_rules(void);
void bench_corrections(void);
void bench_start(void);

#endif
