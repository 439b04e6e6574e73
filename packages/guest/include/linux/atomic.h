/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_ATOMIC_H
#define _LINUX_ATOMIC_H

#include <asm/barrier.h>
#include <linux/compiler.h>
#include <linux/instrumented.h>
#include <linux/types.h>

/*
 * Atomic integers on the compiler's atomics. As in instrumented kernels each operation checks its variable first, in
 * the caller. All are fully ordered here: the kernel's weaker variants are names for the same.
 */

typedef atomic64_t atomic_long_t;
#define ATOMIC_LONG_INIT(i) ATOMIC64_INIT(i)

/* For both widths: name, C type. */

#define __ATOMIC_FETCH(name, type, op, builtin, order) \
	static __always_inline type name##_fetch_##op##order(type i, name##_t *v) \
	{ \
		instrument_atomic_read_write(v, sizeof(*v)); \
		return builtin(&v->counter, i, __ATOMIC_SEQ_CST); \
	}

#define __ATOMIC_RETURN(name, type, op, builtin, order) \
	static __always_inline type name##_##op##_return##order(type i, name##_t *v) \
	{ \
		instrument_atomic_read_write(v, sizeof(*v)); \
		return builtin(&v->counter, i, __ATOMIC_SEQ_CST); \
	}

#define __ATOMIC_VOID(name, type, op, builtin) \
	static __always_inline void name##_##op(type i, name##_t *v) \
	{ \
		instrument_atomic_read_write(v, sizeof(*v)); \
		builtin(&v->counter, i, __ATOMIC_SEQ_CST); \
	}

#define __ATOMIC_FETCHES(name, type, op) \
	__ATOMIC_VOID(name, type, op, __atomic_fetch_##op) \
	__ATOMIC_FETCH(name, type, op, __atomic_fetch_##op, ) \
	__ATOMIC_FETCH(name, type, op, __atomic_fetch_##op, _relaxed) \
	__ATOMIC_FETCH(name, type, op, __atomic_fetch_##op, _acquire) \
	__ATOMIC_FETCH(name, type, op, __atomic_fetch_##op, _release)

#define __ATOMIC_RETURNS(name, type, op) \
	__ATOMIC_RETURN(name, type, op, __atomic_##op##_fetch, ) \
	__ATOMIC_RETURN(name, type, op, __atomic_##op##_fetch, _relaxed) \
	__ATOMIC_RETURN(name, type, op, __atomic_##op##_fetch, _acquire) \
	__ATOMIC_RETURN(name, type, op, __atomic_##op##_fetch, _release)

#define __ATOMIC_EXCHANGES(name, type, order) \
	static __always_inline type name##_xchg##order(name##_t *v, type new) \
	{ \
		instrument_atomic_read_write(v, sizeof(*v)); \
		return __atomic_exchange_n(&v->counter, new, __ATOMIC_SEQ_CST); \
	} \
	static __always_inline type name##_cmpxchg##order(name##_t *v, type old, type new) \
	{ \
		instrument_atomic_read_write(v, sizeof(*v)); \
		__atomic_compare_exchange_n(&v->counter, &old, new, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
		return old; \
	} \
	static __always_inline bool name##_try_cmpxchg##order(name##_t *v, type *old, type new) \
	{ \
		instrument_atomic_read_write(v, sizeof(*v)); \
		instrument_atomic_read_write(old, sizeof(*old)); \
		return __atomic_compare_exchange_n(&v->counter, old, new, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
	} \
	static __always_inline type name##_inc_return##order(name##_t *v) \
	{ \
		return name##_add_return(1, v); \
	} \
	static __always_inline type name##_dec_return##order(name##_t *v) \
	{ \
		return name##_sub_return(1, v); \
	} \
	static __always_inline type name##_fetch_inc##order(name##_t *v) \
	{ \
		return name##_fetch_add(1, v); \
	} \
	static __always_inline type name##_fetch_dec##order(name##_t *v) \
	{ \
		return name##_fetch_sub(1, v); \
	} \
	static __always_inline type name##_fetch_andnot##order(type i, name##_t *v) \
	{ \
		return name##_fetch_and(~i, v); \
	}

#define __ATOMIC_ACCESS(name, type) \
	static __always_inline type name##_read(const name##_t *v) \
	{ \
		instrument_atomic_read(v, sizeof(*v)); \
		return __atomic_load_n(&v->counter, __ATOMIC_RELAXED); \
	} \
	static __always_inline type name##_read_acquire(const name##_t *v) \
	{ \
		instrument_atomic_read(v, sizeof(*v)); \
		return __atomic_load_n(&v->counter, __ATOMIC_ACQUIRE); \
	} \
	static __always_inline void name##_set(name##_t *v, type i) \
	{ \
		instrument_atomic_write(v, sizeof(*v)); \
		__atomic_store_n(&v->counter, i, __ATOMIC_RELAXED); \
	} \
	static __always_inline void name##_set_release(name##_t *v, type i) \
	{ \
		instrument_atomic_write(v, sizeof(*v)); \
		__atomic_store_n(&v->counter, i, __ATOMIC_RELEASE); \
	}

#define __ATOMIC_DERIVED(name, type) \
	static __always_inline void name##_inc(name##_t *v) \
	{ \
		name##_add(1, v); \
	} \
	static __always_inline void name##_dec(name##_t *v) \
	{ \
		name##_sub(1, v); \
	} \
	static __always_inline void name##_andnot(type i, name##_t *v) \
	{ \
		name##_and(~i, v); \
	} \
	static __always_inline bool name##_sub_and_test(type i, name##_t *v) \
	{ \
		return name##_sub_return(i, v) == 0; \
	} \
	static __always_inline bool name##_dec_and_test(name##_t *v) \
	{ \
		return name##_sub_return(1, v) == 0; \
	} \
	static __always_inline bool name##_inc_and_test(name##_t *v) \
	{ \
		return name##_add_return(1, v) == 0; \
	} \
	static __always_inline bool name##_add_negative(type i, name##_t *v) \
	{ \
		return name##_add_return(i, v) < 0; \
	} \
	static __always_inline type name##_fetch_add_unless(name##_t *v, type a, type u) \
	{ \
		type c = name##_read(v); \
		 \
		while (c != u && !name##_try_cmpxchg(v, &c, c + a)) \
			; \
		return c; \
	} \
	static __always_inline bool name##_add_unless(name##_t *v, type a, type u) \
	{ \
		return name##_fetch_add_unless(v, a, u) != u; \
	} \
	static __always_inline bool name##_inc_not_zero(name##_t *v) \
	{ \
		return name##_add_unless(v, 1, 0); \
	} \
	static __always_inline bool name##_inc_unless_negative(name##_t *v) \
	{ \
		type c = name##_read(v); \
		 \
		while (c >= 0) \
			if (name##_try_cmpxchg(v, &c, c + 1)) \
				return true; \
		return false; \
	} \
	static __always_inline bool name##_dec_unless_positive(name##_t *v) \
	{ \
		type c = name##_read(v); \
		 \
		while (c <= 0) \
			if (name##_try_cmpxchg(v, &c, c - 1)) \
				return true; \
		return false; \
	} \
	static __always_inline type name##_dec_if_positive(name##_t *v) \
	{ \
		type c = name##_read(v); \
		 \
		while (c > 0 && !name##_try_cmpxchg(v, &c, c - 1)) \
			; \
		return c - 1; \
	}

#define __ATOMIC_ALL(name, type) \
	__ATOMIC_ACCESS(name, type) \
	__ATOMIC_FETCHES(name, type, add) \
	__ATOMIC_FETCHES(name, type, sub) \
	__ATOMIC_FETCHES(name, type, and) \
	__ATOMIC_FETCHES(name, type, or) \
	__ATOMIC_FETCHES(name, type, xor) \
	__ATOMIC_RETURNS(name, type, add) \
	__ATOMIC_RETURNS(name, type, sub) \
	__ATOMIC_EXCHANGES(name, type, ) \
	__ATOMIC_EXCHANGES(name, type, _relaxed) \
	__ATOMIC_EXCHANGES(name, type, _acquire) \
	__ATOMIC_EXCHANGES(name, type, _release) \
	__ATOMIC_DERIVED(name, type)

__ATOMIC_ALL(atomic, int)
__ATOMIC_ALL(atomic64, s64)
__ATOMIC_ALL(atomic_long, long)

/* Words that are no atomic_t. */
#define xchg(ptr, new) \
	({ \
		__auto_type __xchg_at = (ptr); \
		instrument_atomic_read_write(__xchg_at, sizeof(*__xchg_at)); \
		__atomic_exchange_n(__xchg_at, (typeof(*__xchg_at))(new), __ATOMIC_SEQ_CST); \
	})
#define cmpxchg(ptr, old, new) \
	({ \
		__auto_type __cmpxchg_at = (ptr); \
		__unqual_scalar_typeof(*__cmpxchg_at) __cmpxchg_old = (old); \
		instrument_atomic_read_write(__cmpxchg_at, sizeof(*__cmpxchg_at)); \
		__atomic_compare_exchange_n(__cmpxchg_at, &__cmpxchg_old, (typeof(__cmpxchg_old))(new), false, \
					    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
		__cmpxchg_old; \
	})
#define try_cmpxchg(ptr, oldp, new) \
	({ \
		__auto_type __cmpxchg_at = (ptr); \
		__auto_type __cmpxchg_old = (oldp); \
		instrument_atomic_read_write(__cmpxchg_at, sizeof(*__cmpxchg_at)); \
		__atomic_compare_exchange_n(__cmpxchg_at, __cmpxchg_old, (typeof(*__cmpxchg_old))(new), false, \
					    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
	})
#define xchg_relaxed(ptr, new) xchg(ptr, new)
#define xchg_acquire(ptr, new) xchg(ptr, new)
#define xchg_release(ptr, new) xchg(ptr, new)
#define cmpxchg_relaxed(ptr, old, new) cmpxchg(ptr, old, new)
#define cmpxchg_acquire(ptr, old, new) cmpxchg(ptr, old, new)
#define cmpxchg_release(ptr, old, new) cmpxchg(ptr, old, new)
#define cmpxchg_local(ptr, old, new) cmpxchg(ptr, old, new)
#define cmpxchg64(ptr, old, new) cmpxchg(ptr, old, new)

#endif
