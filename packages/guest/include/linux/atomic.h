/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_ATOMIC_H
#define _LINUX_ATOMIC_H

#include <asm/barrier.h>
#include <kasan/unchecked.h>
#include <linux/compiler.h>
#include <linux/instrumented.h>
#include <linux/types.h>

/*
 * Atomic integers. As in instrumented kernels, each operation checks its variable in the caller
 * (instrumented.h) and then uses raw operations, of which the compiler sees only plain reads
 * and writes. All operations are fully ordered here; the kernel's weaker variants are aliases.
 */

typedef atomic64_t atomic_long_t;
#define ATOMIC_LONG_INIT(i) ATOMIC64_INIT(i)

/* For both widths: name, C type, bits. */

#define __ATOMIC_RAW(name, type, bits) \
	static __always_inline type raw_##name##_read(const name##_t *v) \
	{ \
		return __READ_ONCE(v->counter); \
	} \
	static __always_inline void raw_##name##_set(name##_t *v, type i) \
	{ \
		__WRITE_ONCE(v->counter, i); \
	} \
	static __always_inline type raw_##name##_fetch_add(type i, name##_t *v) \
	{ \
		return unchecked_fetch_add##bits(&v->counter, i); \
	} \
	static __always_inline type raw_##name##_fetch_sub(type i, name##_t *v) \
	{ \
		return unchecked_fetch_sub##bits(&v->counter, i); \
	} \
	static __always_inline type raw_##name##_fetch_and(type i, name##_t *v) \
	{ \
		return unchecked_fetch_and##bits(&v->counter, i); \
	} \
	static __always_inline type raw_##name##_fetch_or(type i, name##_t *v) \
	{ \
		return unchecked_fetch_or##bits(&v->counter, i); \
	} \
	static __always_inline type raw_##name##_fetch_xor(type i, name##_t *v) \
	{ \
		return unchecked_fetch_xor##bits(&v->counter, i); \
	} \
	static __always_inline type raw_##name##_xchg(name##_t *v, type new) \
	{ \
		return unchecked_fetch_xchg##bits(&v->counter, new); \
	} \
	static __always_inline type raw_##name##_cmpxchg(name##_t *v, type old, type new) \
	{ \
		return unchecked_cmpxchg##bits(&v->counter, old, new); \
	} \
	static __always_inline bool raw_##name##_try_cmpxchg(name##_t *v, type *old, type new) \
	{ \
		type expected = *old; \
		type found = raw_##name##_cmpxchg(v, expected, new); \
		 \
		if (unlikely(found != expected)) \
			*old = found; \
		return likely(found == expected); \
	} \
	static __always_inline type raw_##name##_fetch_add_unless(name##_t *v, type a, type u) \
	{ \
		type c = raw_##name##_read(v); \
		 \
		while (c != u && !raw_##name##_try_cmpxchg(v, &c, c + a)) \
			; \
		return c; \
	}

#define __ATOMIC_ACCESS(name, type) \
	static __always_inline type name##_read(const name##_t *v) \
	{ \
		instrument_atomic_read(v, sizeof(*v)); \
		return raw_##name##_read(v); \
	} \
	static __always_inline type name##_read_acquire(const name##_t *v) \
	{ \
		type value = name##_read(v); \
		 \
		smp_mb(); \
		return value; \
	} \
	static __always_inline void name##_set(name##_t *v, type i) \
	{ \
		instrument_atomic_write(v, sizeof(*v)); \
		raw_##name##_set(v, i); \
	} \
	static __always_inline void name##_set_release(name##_t *v, type i) \
	{ \
		smp_mb(); \
		name##_set(v, i); \
	}

#define __ATOMIC_FETCH(name, type, op, order) \
	static __always_inline type name##_fetch_##op##order(type i, name##_t *v) \
	{ \
		instrument_atomic_read_write(v, sizeof(*v)); \
		return raw_##name##_fetch_##op(i, v); \
	}
#define __ATOMIC_RETURN(name, type, op, symbol, order) \
	static __always_inline type name##_##op##_return##order(type i, name##_t *v) \
	{ \
		instrument_atomic_read_write(v, sizeof(*v)); \
		return raw_##name##_fetch_##op(i, v) symbol i; \
	}
#define __ATOMIC_VOID(name, type, op) \
	static __always_inline void name##_##op(type i, name##_t *v) \
	{ \
		instrument_atomic_read_write(v, sizeof(*v)); \
		raw_##name##_fetch_##op(i, v); \
	}
#define __ATOMIC_FETCHES(name, type, op) \
	__ATOMIC_VOID(name, type, op) \
	__ATOMIC_FETCH(name, type, op, ) \
	__ATOMIC_FETCH(name, type, op, _relaxed) \
	__ATOMIC_FETCH(name, type, op, _acquire) \
	__ATOMIC_FETCH(name, type, op, _release)
#define __ATOMIC_RETURNS(name, type, op, symbol) \
	__ATOMIC_RETURN(name, type, op, symbol, ) \
	__ATOMIC_RETURN(name, type, op, symbol, _relaxed) \
	__ATOMIC_RETURN(name, type, op, symbol, _acquire) \
	__ATOMIC_RETURN(name, type, op, symbol, _release)

#define __ATOMIC_EXCHANGES(name, type, order) \
	static __always_inline type name##_xchg##order(name##_t *v, type new) \
	{ \
		instrument_atomic_read_write(v, sizeof(*v)); \
		return raw_##name##_xchg(v, new); \
	} \
	static __always_inline type name##_cmpxchg##order(name##_t *v, type old, type new) \
	{ \
		instrument_atomic_read_write(v, sizeof(*v)); \
		return raw_##name##_cmpxchg(v, old, new); \
	} \
	static __always_inline bool name##_try_cmpxchg##order(name##_t *v, type *old, type new) \
	{ \
		instrument_atomic_read_write(v, sizeof(*v)); \
		instrument_atomic_read_write(old, sizeof(*old)); \
		return raw_##name##_try_cmpxchg(v, old, new); \
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
		instrument_atomic_read_write(v, sizeof(*v)); \
		return raw_##name##_fetch_add_unless(v, a, u); \
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
		type c; \
		 \
		instrument_atomic_read_write(v, sizeof(*v)); \
		c = raw_##name##_read(v); \
		while (c >= 0) \
			if (raw_##name##_try_cmpxchg(v, &c, c + 1)) \
				return true; \
		return false; \
	} \
	static __always_inline bool name##_dec_unless_positive(name##_t *v) \
	{ \
		type c; \
		 \
		instrument_atomic_read_write(v, sizeof(*v)); \
		c = raw_##name##_read(v); \
		while (c <= 0) \
			if (raw_##name##_try_cmpxchg(v, &c, c - 1)) \
				return true; \
		return false; \
	} \
	static __always_inline type name##_dec_if_positive(name##_t *v) \
	{ \
		type c; \
		 \
		instrument_atomic_read_write(v, sizeof(*v)); \
		c = raw_##name##_read(v); \
		while (c > 0 && !raw_##name##_try_cmpxchg(v, &c, c - 1)) \
			; \
		return c - 1; \
	}

#define __ATOMIC_ALL(name, type, bits) \
	__ATOMIC_RAW(name, type, bits) \
	__ATOMIC_ACCESS(name, type) \
	__ATOMIC_FETCHES(name, type, add) \
	__ATOMIC_FETCHES(name, type, sub) \
	__ATOMIC_FETCHES(name, type, and) \
	__ATOMIC_FETCHES(name, type, or) \
	__ATOMIC_FETCHES(name, type, xor) \
	__ATOMIC_RETURNS(name, type, add, +) \
	__ATOMIC_RETURNS(name, type, sub, -) \
	__ATOMIC_EXCHANGES(name, type, ) \
	__ATOMIC_EXCHANGES(name, type, _relaxed) \
	__ATOMIC_EXCHANGES(name, type, _acquire) \
	__ATOMIC_EXCHANGES(name, type, _release) \
	__ATOMIC_DERIVED(name, type)

__ATOMIC_ALL(atomic, int, 32)
__ATOMIC_ALL(atomic64, s64, 64)
__ATOMIC_ALL(atomic_long, long, 64)

/* For words that are not an atomic_t: selects the operation for the word's width. */
#define __unchecked_xchg(ptr, new) \
	((typeof(*(ptr)))(sizeof(*(ptr)) == 1 ? unchecked_fetch_xchg8((ptr), (u8)(unsigned long)(new)) : \
			  sizeof(*(ptr)) == 2 ? unchecked_fetch_xchg16((ptr), (u16)(unsigned long)(new)) : \
			  sizeof(*(ptr)) == 4 ? unchecked_fetch_xchg32((ptr), (u32)(unsigned long)(new)) : \
						unchecked_fetch_xchg64((ptr), (u64)(unsigned long)(new))))
#define __unchecked_cmpxchg(ptr, old, new) \
	((typeof(*(ptr)))(sizeof(*(ptr)) == 1 ? \
				  unchecked_cmpxchg8((ptr), (u8)(unsigned long)(old), (u8)(unsigned long)(new)) : \
			  sizeof(*(ptr)) == 2 ? \
				  unchecked_cmpxchg16((ptr), (u16)(unsigned long)(old), (u16)(unsigned long)(new)) : \
			  sizeof(*(ptr)) == 4 ? \
				  unchecked_cmpxchg32((ptr), (u32)(unsigned long)(old), (u32)(unsigned long)(new)) : \
				  unchecked_cmpxchg64((ptr), (u64)(unsigned long)(old), (u64)(unsigned long)(new))))
#define xchg(ptr, new) \
	({ \
		__auto_type __xchg_at = (ptr); \
		__unqual_scalar_typeof(*__xchg_at) __xchg_new = (new); \
		_Static_assert(__native_word(*__xchg_at), "xchg of what is no machine word"); \
		instrument_atomic_read_write(__xchg_at, sizeof(*__xchg_at)); \
		__unchecked_xchg(__xchg_at, __xchg_new); \
	})
#define cmpxchg(ptr, old, new) \
	({ \
		__auto_type __cmpxchg_at = (ptr); \
		__unqual_scalar_typeof(*__cmpxchg_at) __cmpxchg_old = (old); \
		__unqual_scalar_typeof(*__cmpxchg_at) __cmpxchg_new = (new); \
		_Static_assert(__native_word(*__cmpxchg_at), "cmpxchg of what is no machine word"); \
		instrument_atomic_read_write(__cmpxchg_at, sizeof(*__cmpxchg_at)); \
		__unchecked_cmpxchg(__cmpxchg_at, __cmpxchg_old, __cmpxchg_new); \
	})
#define try_cmpxchg(ptr, oldp, new) \
	({ \
		__auto_type __try_at = (ptr); \
		__auto_type __try_oldp = (oldp); \
		__unqual_scalar_typeof(*__try_at) __try_expected, __try_found; \
		instrument_atomic_read_write(__try_oldp, sizeof(*__try_oldp)); \
		__try_expected = *__try_oldp; \
		__try_found = cmpxchg(__try_at, __try_expected, new); \
		if (unlikely(__try_found != __try_expected)) \
			*__try_oldp = __try_found; \
		likely(__try_found == __try_expected); \
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
