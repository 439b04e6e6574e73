/* SPDX-License-Identifier: MIT */
#ifndef __LINUX_SMP_H
#define __LINUX_SMP_H

#include <linux/cpumask.h>
#include <linux/preempt.h>

/* A task stays on its CPU, and its code is bound to that CPU: the loader inserts the number. */
#define smp_processor_id() ((int)__kasan_constant(kasan_guest_this_cpu))
#define raw_smp_processor_id() smp_processor_id()
#define __smp_processor_id() smp_processor_id()
#define get_cpu() smp_processor_id()
#define put_cpu() do { } while (0)

#endif
