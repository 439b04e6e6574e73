/* SPDX-License-Identifier: MIT */
/* The existing processors. */
#include <linux/cpumask.h>

/* For n processors, the first n bits; for processor n, bit n. */
static const struct cpumask firsts[] = { { { 0x0 } },  { { 0x1 } },  { { 0x3 } },  { { 0x7 } }, { { 0xf } },
					 { { 0x1f } }, { { 0x3f } }, { { 0x7f } }, { { 0xff } } };
static const struct cpumask singles[] = { { { 0x1 } },  { { 0x2 } },  { { 0x4 } },  { { 0x8 } },
					  { { 0x10 } }, { { 0x20 } }, { { 0x40 } }, { { 0x80 } } };

const struct cpumask *kasan_guest_present_cpus(void)
{
	return &firsts[nr_cpu_ids];
}

const struct cpumask *cpumask_of(unsigned int cpu)
{
	return &singles[cpu % NR_CPUS];
}
