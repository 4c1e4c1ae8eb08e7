/* load_cpu: the processor time of a process, all of its threads, in seconds with nanosecond steps
 * (/proc/PID/task/N/schedstat; where the kernel does not keep that, utime + stime of /proc/PID/stat, in clock ticks).
 * What the kernel does in softirq at the end of the process's own system calls counts where the kernel keeps no account
 * of its own for that (CONFIG_IRQ_TIME_ACCOUNTING); what it does on others' time (their sends, interrupts) does not.
 * Thread kind: pure but for the files it reads. */
#ifndef BENCH_LOAD_CPU_H
#define BENCH_LOAD_CPU_H

#include <sys/types.h>

/* 0: this process. Negative: there is no such process. */
double load_cpu_s(pid_t pid);

#endif
