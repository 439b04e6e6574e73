/* SPDX-License-Identifier: MIT */
#ifndef _ASM_CMPXCHG_H
#define _ASM_CMPXCHG_H

#include <kasan/unchecked.h>

#define arch_xchg(ptr, new) \
	({ \
		typeof(ptr) __xchg_ptr = (ptr); \
		u64 __xchg_new = (u64)(new), __xchg_old; \
		switch (sizeof(*__xchg_ptr)) { \
		case 1: \
			__xchg_old = unchecked_fetch_xchg8(__xchg_ptr, __xchg_new); \
			break; \
		case 2: \
			__xchg_old = unchecked_fetch_xchg16(__xchg_ptr, __xchg_new); \
			break; \
		case 4: \
			__xchg_old = unchecked_fetch_xchg32(__xchg_ptr, __xchg_new); \
			break; \
		default: \
			__xchg_old = unchecked_fetch_xchg64(__xchg_ptr, __xchg_new); \
		} \
		(typeof(*(ptr)))__xchg_old; \
	})
#define arch_cmpxchg(ptr, old, new) \
	({ \
		typeof(ptr) __cmpxchg_ptr = (ptr); \
		u64 __cmpxchg_old = (u64)(old), __cmpxchg_new = (u64)(new), __cmpxchg_found; \
		switch (sizeof(*__cmpxchg_ptr)) { \
		case 1: \
			__cmpxchg_found = unchecked_cmpxchg8(__cmpxchg_ptr, __cmpxchg_old, __cmpxchg_new); \
			break; \
		case 2: \
			__cmpxchg_found = unchecked_cmpxchg16(__cmpxchg_ptr, __cmpxchg_old, __cmpxchg_new); \
			break; \
		case 4: \
			__cmpxchg_found = unchecked_cmpxchg32(__cmpxchg_ptr, __cmpxchg_old, __cmpxchg_new); \
			break; \
		default: \
			__cmpxchg_found = unchecked_cmpxchg64(__cmpxchg_ptr, __cmpxchg_old, __cmpxchg_new); \
		} \
		(typeof(*(ptr)))__cmpxchg_found; \
	})
#define arch_cmpxchg_local arch_cmpxchg
#define arch_cmpxchg64 arch_cmpxchg
#define arch_cmpxchg64_local arch_cmpxchg
#define arch_sync_cmpxchg arch_cmpxchg
#define sync_cmpxchg arch_cmpxchg

#endif
