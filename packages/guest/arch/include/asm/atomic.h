/* SPDX-License-Identifier: MIT */
#ifndef _ASM_ATOMIC_H
#define _ASM_ATOMIC_H

#include <asm/barrier.h>
#include <asm/cmpxchg.h>
#include <linux/types.h>

/* Before 5.14, the headers ask whether the operations have names with arch_ before them. */
#define ARCH_ATOMIC

/* The operations that <linux/atomic/atomic-arch-fallback.h> completes. All are fully ordered. */
#define arch_atomic_read(v) __READ_ONCE((v)->counter)
#define arch_atomic_set(v, i) __WRITE_ONCE((v)->counter, i)
#define arch_atomic64_read(v) __READ_ONCE((v)->counter)
#define arch_atomic64_set(v, i) __WRITE_ONCE((v)->counter, i)

#define ATOMIC64_INIT(i) { (i) }

#define __ARCH_ATOMIC_OPS(name, type, bits) \
	static __always_inline type arch_##name##_fetch_add(type i, name##_t *v) \
	{ \
		return unchecked_fetch_add##bits(&v->counter, i); \
	} \
	static __always_inline type arch_##name##_fetch_sub(type i, name##_t *v) \
	{ \
		return unchecked_fetch_sub##bits(&v->counter, i); \
	} \
	static __always_inline type arch_##name##_fetch_and(type i, name##_t *v) \
	{ \
		return unchecked_fetch_and##bits(&v->counter, i); \
	} \
	static __always_inline type arch_##name##_fetch_or(type i, name##_t *v) \
	{ \
		return unchecked_fetch_or##bits(&v->counter, i); \
	} \
	static __always_inline type arch_##name##_fetch_xor(type i, name##_t *v) \
	{ \
		return unchecked_fetch_xor##bits(&v->counter, i); \
	} \
	static __always_inline type arch_##name##_add_return(type i, name##_t *v) \
	{ \
		return unchecked_fetch_add##bits(&v->counter, i) + i; \
	} \
	static __always_inline type arch_##name##_sub_return(type i, name##_t *v) \
	{ \
		return unchecked_fetch_sub##bits(&v->counter, i) - i; \
	} \
	static __always_inline void arch_##name##_add(type i, name##_t *v) \
	{ \
		unchecked_fetch_add##bits(&v->counter, i); \
	} \
	static __always_inline void arch_##name##_sub(type i, name##_t *v) \
	{ \
		unchecked_fetch_sub##bits(&v->counter, i); \
	} \
	static __always_inline void arch_##name##_and(type i, name##_t *v) \
	{ \
		unchecked_fetch_and##bits(&v->counter, i); \
	} \
	static __always_inline void arch_##name##_or(type i, name##_t *v) \
	{ \
		unchecked_fetch_or##bits(&v->counter, i); \
	} \
	static __always_inline void arch_##name##_xor(type i, name##_t *v) \
	{ \
		unchecked_fetch_xor##bits(&v->counter, i); \
	}
__ARCH_ATOMIC_OPS(atomic, int, 32)
__ARCH_ATOMIC_OPS(atomic64, s64, 64)

#define arch_atomic_fetch_add arch_atomic_fetch_add
#define arch_atomic_fetch_sub arch_atomic_fetch_sub
#define arch_atomic_fetch_and arch_atomic_fetch_and
#define arch_atomic_fetch_or arch_atomic_fetch_or
#define arch_atomic_fetch_xor arch_atomic_fetch_xor
#define arch_atomic_add_return arch_atomic_add_return
#define arch_atomic_sub_return arch_atomic_sub_return
#define arch_atomic64_fetch_add arch_atomic64_fetch_add
#define arch_atomic64_fetch_sub arch_atomic64_fetch_sub
#define arch_atomic64_fetch_and arch_atomic64_fetch_and
#define arch_atomic64_fetch_or arch_atomic64_fetch_or
#define arch_atomic64_fetch_xor arch_atomic64_fetch_xor
#define arch_atomic64_add_return arch_atomic64_add_return
#define arch_atomic64_sub_return arch_atomic64_sub_return

/* Before 5.19, headers of the architecture defined these. */
#ifndef arch_atomic_xchg
#define arch_atomic_xchg(v, new) arch_xchg(&(v)->counter, new)
#define arch_atomic_cmpxchg(v, old, new) arch_cmpxchg(&(v)->counter, old, new)
#define arch_atomic64_xchg(v, new) arch_xchg(&(v)->counter, new)
#define arch_atomic64_cmpxchg(v, old, new) arch_cmpxchg(&(v)->counter, old, new)
#endif

#endif
