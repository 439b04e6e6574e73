/* SPDX-License-Identifier: MIT */
#ifndef __LINUX_CPUMASK_H
#define __LINUX_CPUMASK_H

#include <linux/bitmap.h>
#include <linux/gfp_types.h>
#include <linux/types.h>

/* Numbers that the loader puts into the code in place of these symbols' addresses. */
extern const char kasan_guest_this_cpu[], kasan_guest_cpus[];
#define __kasan_constant(symbol) \
	({ \
		unsigned long __value = (unsigned long)(symbol); \
		asm("" : "+r"(__value)); \
		__value; \
	})

/* Sets of existing processors, with room for the configured maximum. */
#define NR_CPUS CONFIG_NR_CPUS
#define nr_cpu_ids ((unsigned int)__kasan_constant(kasan_guest_cpus))
#define nr_cpumask_bits nr_cpu_ids
#define small_cpumask_bits nr_cpu_ids

typedef struct cpumask {
	DECLARE_BITMAP(bits, NR_CPUS);
} cpumask_t;
typedef struct cpumask cpumask_var_t[1];

#define cpumask_bits(maskp) ((maskp)->bits)
#define cpumask_pr_args(maskp) nr_cpu_ids, cpumask_bits(maskp)

const struct cpumask *kasan_guest_present_cpus(void);
#define cpu_possible_mask kasan_guest_present_cpus()
#define cpu_online_mask kasan_guest_present_cpus()
#define cpu_present_mask kasan_guest_present_cpus()
#define cpu_active_mask kasan_guest_present_cpus()
#define cpu_enabled_mask kasan_guest_present_cpus()
#define cpu_all_mask kasan_guest_present_cpus()

#define num_online_cpus() nr_cpu_ids
#define num_possible_cpus() nr_cpu_ids
#define num_present_cpus() nr_cpu_ids
#define num_active_cpus() nr_cpu_ids
#define num_enabled_cpus() nr_cpu_ids
#define cpu_online(cpu) ((unsigned int)(cpu) < nr_cpu_ids)
#define cpu_possible(cpu) cpu_online(cpu)
#define cpu_present(cpu) cpu_online(cpu)
#define cpu_active(cpu) cpu_online(cpu)
#define for_each_possible_cpu(cpu) for ((cpu) = 0; (cpu) < nr_cpu_ids; (cpu)++)
#define for_each_online_cpu(cpu) for_each_possible_cpu(cpu)
#define for_each_present_cpu(cpu) for_each_possible_cpu(cpu)
#define for_each_enabled_cpu(cpu) for_each_possible_cpu(cpu)
#define cpus_read_lock() do { } while (0)
#define cpus_read_unlock() do { } while (0)
#define cpu_to_node(cpu) ((void)(cpu), 0)
#define cpu_to_mem(cpu) ((void)(cpu), 0)

#define CPU_BITS_NONE { 0UL }
#define CPU_BITS_ALL { ~0UL }
#define CPU_MASK_NONE (cpumask_t){ CPU_BITS_NONE }
#define CPU_MASK_ALL (cpumask_t){ { (1UL << NR_CPUS) - 1 } }
#define cpu_none_mask (&(const struct cpumask)CPU_BITS_NONE)
const struct cpumask *cpumask_of(unsigned int cpu);

static __always_inline bool zalloc_cpumask_var(cpumask_var_t *mask, gfp_t flags)
{
	bitmap_zero((*mask)->bits, NR_CPUS);
	return true;
}

#define alloc_cpumask_var(mask, flags) ((void)(mask), (void)(flags), true)
#define alloc_cpumask_var_node(mask, flags, node) alloc_cpumask_var(mask, flags)
#define zalloc_cpumask_var_node(mask, flags, node) zalloc_cpumask_var(mask, flags)
#define free_cpumask_var(mask) ((void)(mask))
#define cpumask_available(mask) true

#define cpumask_first(srcp) ((unsigned int)find_first_bit(cpumask_bits(srcp), nr_cpu_ids))
#define cpumask_first_zero(srcp) ((unsigned int)find_first_zero_bit(cpumask_bits(srcp), nr_cpu_ids))
#define cpumask_first_and(a, b) \
	((unsigned int)find_first_and_bit(cpumask_bits(a), cpumask_bits(b), nr_cpu_ids))
#define cpumask_last(srcp) ((unsigned int)find_last_bit(cpumask_bits(srcp), nr_cpu_ids))
#define cpumask_any(srcp) cpumask_first(srcp)
#define cpumask_any_and(a, b) cpumask_first_and(a, b)

/* The next processor after n, which is -1 at the start. */
static __always_inline unsigned int cpumask_next(int n, const struct cpumask *srcp)
{
	return find_next_bit(cpumask_bits(srcp), nr_cpu_ids, n + 1);
}

static __always_inline unsigned int cpumask_next_zero(int n, const struct cpumask *srcp)
{
	return find_next_zero_bit(cpumask_bits(srcp), nr_cpu_ids, n + 1);
}

static __always_inline unsigned int cpumask_next_and(int n, const struct cpumask *a, const struct cpumask *b)
{
	return find_next_and_bit(cpumask_bits(a), cpumask_bits(b), nr_cpu_ids, n + 1);
}

#define for_each_cpu(cpu, mask) for_each_set_bit(cpu, cpumask_bits(mask), nr_cpu_ids)
#define for_each_cpu_wrap(cpu, mask, start) for_each_set_bit_wrap(cpu, cpumask_bits(mask), nr_cpu_ids, start)
#define for_each_cpu_and(cpu, a, b) for_each_and_bit(cpu, cpumask_bits(a), cpumask_bits(b), nr_cpu_ids)
#define for_each_cpu_andnot(cpu, a, b) for_each_andnot_bit(cpu, cpumask_bits(a), cpumask_bits(b), nr_cpu_ids)
#define for_each_cpu_or(cpu, a, b) for_each_or_bit(cpu, cpumask_bits(a), cpumask_bits(b), nr_cpu_ids)
#define for_each_cpu_from(cpu, mask) for_each_set_bit_from(cpu, cpumask_bits(mask), nr_cpu_ids)

#define cpumask_set_cpu(cpu, dstp) set_bit(cpu, cpumask_bits(dstp))
#define __cpumask_set_cpu(cpu, dstp) __set_bit(cpu, cpumask_bits(dstp))
#define cpumask_clear_cpu(cpu, dstp) clear_bit(cpu, cpumask_bits(dstp))
#define __cpumask_clear_cpu(cpu, dstp) __clear_bit(cpu, cpumask_bits(dstp))
#define cpumask_test_cpu(cpu, srcp) test_bit(cpu, cpumask_bits(srcp))
#define cpumask_test_and_set_cpu(cpu, dstp) test_and_set_bit(cpu, cpumask_bits(dstp))
#define cpumask_test_and_clear_cpu(cpu, dstp) test_and_clear_bit(cpu, cpumask_bits(dstp))

#define cpumask_setall(dstp) bitmap_fill(cpumask_bits(dstp), nr_cpu_ids)
#define cpumask_clear(dstp) bitmap_zero(cpumask_bits(dstp), NR_CPUS)
#define cpumask_copy(dstp, srcp) bitmap_copy(cpumask_bits(dstp), cpumask_bits(srcp), NR_CPUS)
#define cpumask_and(dstp, a, b) bitmap_and(cpumask_bits(dstp), cpumask_bits(a), cpumask_bits(b), nr_cpu_ids)
#define cpumask_or(dstp, a, b) bitmap_or(cpumask_bits(dstp), cpumask_bits(a), cpumask_bits(b), nr_cpu_ids)
#define cpumask_xor(dstp, a, b) bitmap_xor(cpumask_bits(dstp), cpumask_bits(a), cpumask_bits(b), nr_cpu_ids)
#define cpumask_andnot(dstp, a, b) bitmap_andnot(cpumask_bits(dstp), cpumask_bits(a), cpumask_bits(b), nr_cpu_ids)
#define cpumask_equal(a, b) bitmap_equal(cpumask_bits(a), cpumask_bits(b), nr_cpu_ids)
#define cpumask_intersects(a, b) bitmap_intersects(cpumask_bits(a), cpumask_bits(b), nr_cpu_ids)
#define cpumask_subset(a, b) bitmap_subset(cpumask_bits(a), cpumask_bits(b), nr_cpu_ids)
#define cpumask_empty(srcp) bitmap_empty(cpumask_bits(srcp), nr_cpu_ids)
#define cpumask_full(srcp) bitmap_full(cpumask_bits(srcp), nr_cpu_ids)
#define cpumask_weight(srcp) bitmap_weight(cpumask_bits(srcp), nr_cpu_ids)
#define cpumask_weight_and(a, b) bitmap_weight_and(cpumask_bits(a), cpumask_bits(b), nr_cpu_ids)
#define cpumask_size() bitmap_size(nr_cpu_ids)

#endif
