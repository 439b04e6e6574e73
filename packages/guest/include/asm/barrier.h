/* SPDX-License-Identifier: MIT */
#ifndef _ASM_BARRIER_H
#define _ASM_BARRIER_H

#include <linux/compiler.h>

#define mb() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define rmb() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define wmb() __atomic_thread_fence(__ATOMIC_RELEASE)
#define smp_mb() mb()
#define smp_rmb() rmb()
#define smp_wmb() wmb()
#define smp_mb__before_atomic() barrier()
#define smp_mb__after_atomic() barrier()
#define smp_mb__after_spinlock() barrier()
#define smp_read_barrier_depends() do { } while (0)

#define smp_load_acquire(p) \
	({ \
		__unqual_scalar_typeof(*(p)) __loaded = READ_ONCE(*(p)); \
		smp_mb(); \
		__loaded; \
	})
#define smp_store_release(p, v) \
	do { \
		smp_mb(); \
		WRITE_ONCE(*(p), v); \
	} while (0)
#define smp_store_mb(var, value) \
	do { \
		WRITE_ONCE(var, value); \
		smp_mb(); \
	} while (0)

/* Lets other tasks of this CPU run, and other CPUs' threads if the host has too few processors. */
#define cpu_relax() kasan_guest_relax()
void kasan_guest_relax(void);

#define smp_cond_load_relaxed(ptr, cond_expr) \
	({ \
		__unqual_scalar_typeof(*(ptr)) VAL; \
		while (VAL = READ_ONCE(*(ptr)), !(cond_expr)) \
			cpu_relax(); \
		VAL; \
	})
#define smp_cond_load_acquire(ptr, cond_expr) smp_cond_load_relaxed(ptr, cond_expr)

#endif
