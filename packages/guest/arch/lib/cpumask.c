/* SPDX-License-Identifier: MIT */
/* The machine's processors: all are there from the beginning. */
#include <linux/cpumask.h>
#include <linux/percpu.h>

struct cpumask __cpu_possible_mask, __cpu_online_mask, __cpu_present_mask, __cpu_active_mask, __cpu_enabled_mask;
struct cpumask __cpu_dying_mask;
atomic_t __num_online_cpus;
/* Since 6.19. */
unsigned int __num_possible_cpus;
#ifndef nr_cpu_ids
unsigned int nr_cpu_ids;
#endif
unsigned long __per_cpu_offset[NR_CPUS];
const DECLARE_BITMAP(cpu_all_bits, NR_CPUS) = CPU_BITS_ALL;

#define BIT_ROW(n) [(n) + 1][0] = 1UL << (n)
#define BIT_ROWS(n) BIT_ROW(n), BIT_ROW((n) + 1), BIT_ROW((n) + 2), BIT_ROW((n) + 3)
#define BIT_ROWS16(n) BIT_ROWS(n), BIT_ROWS((n) + 4), BIT_ROWS((n) + 8), BIT_ROWS((n) + 12)
const unsigned long cpu_bit_bitmap[BITS_PER_LONG + 1][BITS_TO_LONGS(NR_CPUS)] = {
	BIT_ROWS16(0), BIT_ROWS16(16), BIT_ROWS16(32), BIT_ROWS16(48)
};

static __attribute__((constructor)) void count_cpus(void)
{
	unsigned long cpus = (unsigned long)kasan_guest_cpus;

	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++) {
		__per_cpu_offset[cpu] = per_cpu_offset(cpu);
		if (cpu >= cpus)
			continue;
		cpumask_set_cpu(cpu, &__cpu_possible_mask);
		cpumask_set_cpu(cpu, &__cpu_online_mask);
		cpumask_set_cpu(cpu, &__cpu_present_mask);
		cpumask_set_cpu(cpu, &__cpu_active_mask);
		cpumask_set_cpu(cpu, &__cpu_enabled_mask);
	}
	atomic_set(&__num_online_cpus, cpus);
	__num_possible_cpus = cpus;
#ifndef nr_cpu_ids
	nr_cpu_ids = cpus;
#endif
}
