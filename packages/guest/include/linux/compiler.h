/* SPDX-License-Identifier: MIT */
#ifndef __LINUX_COMPILER_H
#define __LINUX_COMPILER_H

#include <linux/compiler_types.h>
#include <asm/rwonce.h>

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define likely_notrace(x) likely(x)
#define unlikely_notrace(x) unlikely(x)

#define barrier() __asm__ __volatile__("" : : : "memory")
#define barrier_data(ptr) __asm__ __volatile__("" : : "r"(ptr) : "memory")
#define unreachable() __builtin_unreachable()

/* Hides the value from the compiler. */
#define OPTIMIZER_HIDE_VAR(var) __asm__ __volatile__("" : "+r"(var))
#define RELOC_HIDE(ptr, off) \
	({ \
		unsigned long __hidden = (unsigned long)(ptr); \
		OPTIMIZER_HIDE_VAR(__hidden); \
		(typeof(ptr))(__hidden + (off)); \
	})
#define absolute_pointer(val) RELOC_HIDE((void *)(val), 0)

#define __UNIQUE_ID(prefix) __PASTE(__PASTE(__UNIQUE_ID_, prefix), __COUNTER__)

#define data_race(expr) (expr)
#define __ADDRESSABLE(sym)
#define is_signed_type(type) (((type)(-1)) < (__force type)1)
#define is_unsigned_type(type) (!is_signed_type(type))

/* 1 if x is an integer constant expression: then the pointer is a null pointer constant, and "?:" has the other's type. */
#define __is_constexpr(x) \
	(sizeof(int) == sizeof(*(1 ? (void *)((long)(x) * 0L) : (int *)1)))

#define __must_be_array(a) \
	(0 * sizeof(struct { \
		_Static_assert(!__same_type(a, &(a)[0]), "must be an array"); \
		int unused; \
	}))

#define prevent_tail_call_optimization() __asm__ __volatile__("")

#endif
