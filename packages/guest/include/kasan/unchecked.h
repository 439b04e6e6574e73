/* SPDX-License-Identifier: MIT */
#ifndef _KASAN_UNCHECKED_H
#define _KASAN_UNCHECKED_H

#include <linux/compiler.h>
#include <linux/types.h>

/*
 * Accesses that the compiler's instrumentation does not see, because they are
 * assembly, as in a kernel. Users must make the necessary checks themselves.
 */
#define __UNCHECKED_LOAD(bits, type, word, instruction) \
	static __always_inline type unchecked_load##bits(const volatile void *addr) \
	{ \
		word value; \
		asm volatile("local.get %1\n\t" instruction " 0\n\tlocal.set %0" \
			     : "=r"(value) : "r"(addr) : "memory"); \
		return value; \
	}
#define __UNCHECKED_STORE(bits, type, word, instruction) \
	static __always_inline void unchecked_store##bits(volatile void *addr, type value) \
	{ \
		asm volatile("local.get %0\n\tlocal.get %1\n\t" instruction " 0" \
			     : : "r"(addr), "r"((word)value) : "memory"); \
	}
__UNCHECKED_LOAD(8, u8, u32, "i32.load8_u")
__UNCHECKED_LOAD(64, u64, u64, "i64.load")
__UNCHECKED_STORE(8, u8, u32, "i32.store8")
__UNCHECKED_STORE(64, u64, u64, "i64.store")

/* Returns the previous value. */
#define __UNCHECKED_FETCH(op, bits, type, word, instruction) \
	static __always_inline type unchecked_fetch_##op##bits(volatile void *addr, type operand) \
	{ \
		word old; \
		asm volatile("local.get %1\n\tlocal.get %2\n\t" instruction " 0\n\tlocal.set %0" \
			     : "=r"(old) : "r"(addr), "r"((word)operand) : "memory"); \
		return old; \
	}
#define __UNCHECKED_FETCHES(op) \
	__UNCHECKED_FETCH(op, 32, u32, u32, "i32.atomic.rmw." #op) \
	__UNCHECKED_FETCH(op, 64, u64, u64, "i64.atomic.rmw." #op)
__UNCHECKED_FETCHES(add)
__UNCHECKED_FETCHES(sub)
__UNCHECKED_FETCHES(and)
__UNCHECKED_FETCHES(or)
__UNCHECKED_FETCHES(xor)
__UNCHECKED_FETCHES(xchg)
__UNCHECKED_FETCH(xchg, 8, u8, u32, "i32.atomic.rmw8.xchg_u")
__UNCHECKED_FETCH(xchg, 16, u16, u32, "i32.atomic.rmw16.xchg_u")

#define __UNCHECKED_CMPXCHG(bits, type, word, instruction) \
	static __always_inline type unchecked_cmpxchg##bits(volatile void *addr, type expected, type new) \
	{ \
		word old; \
		asm volatile("local.get %1\n\tlocal.get %2\n\tlocal.get %3\n\t" instruction " 0\n\tlocal.set %0" \
			     : "=r"(old) : "r"(addr), "r"((word)expected), "r"((word)new) : "memory"); \
		return old; \
	}
__UNCHECKED_CMPXCHG(8, u8, u32, "i32.atomic.rmw8.cmpxchg_u")
__UNCHECKED_CMPXCHG(16, u16, u32, "i32.atomic.rmw16.cmpxchg_u")
__UNCHECKED_CMPXCHG(32, u32, u32, "i32.atomic.rmw.cmpxchg")
__UNCHECKED_CMPXCHG(64, u64, u64, "i64.atomic.rmw.cmpxchg")

#endif
