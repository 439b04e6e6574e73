/* SPDX-License-Identifier: MIT */
#ifndef __LINUX_SMP_H
#define __LINUX_SMP_H

#include <linux/cpumask.h>
#include <linux/preempt.h>

#define smp_processor_id() 0
#define raw_smp_processor_id() 0
#define __smp_processor_id() 0
#define get_cpu() 0
#define put_cpu() do { } while (0)

#endif
