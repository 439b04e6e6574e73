/* SPDX-License-Identifier: MIT */
#ifndef __LINUX_COMPILER_TYPES_H
#define __LINUX_COMPILER_TYPES_H

#include <linux/compiler_attributes.h>

#define ___PASTE(a, b) a##b
#define __PASTE(a, b) ___PASTE(a, b)

/* Sparse's address spaces, ignored by the compiler. */
#define __kernel
#define __user
#define __iomem
#define __percpu
#define __rcu
#define __force
#define __nocast
#define __safe
#define __private
#define ACCESS_PRIVATE(p, member) ((p)->member)
#define __must_hold(x)
#define __acquires(x)
#define __releases(x)
#define __cond_acquires(x)
#define __acquire(x) ((void)0)
#define __release(x) ((void)0)
#define __cond_lock(x, c) (c)
#define __chk_user_ptr(x) ((void)0)
#define __bitwise

/* As in kernels: an inline function that is not inlined creates no external symbol. */
#define inline inline __gnu_inline __maybe_unused
#define __inline__ inline
#define __inline inline
#define __always_inline inline __attribute__((__always_inline__))
#define noinline_for_stack noinline
#define notrace
#define noinstr noinline __no_sanitize_address
#define __nostackprotector
#define asmlinkage
#define asm_inline asm
#define randomized_struct_fields_start struct {
#define randomized_struct_fields_end };
#define __randomize_layout
#define __no_randomize_layout
#define __latent_entropy
#define __visible
#define __nocfi
#define __noscs
#define __ro_after_init __section(".data..ro_after_init")
#if defined(CONFIG_X86) || defined(CONFIG_ARM64)
#define __read_mostly __section(".data..read_mostly")
#else
#define __read_mostly
#endif
#define ____cacheline_aligned __aligned(64)
#define ____cacheline_aligned_in_smp ____cacheline_aligned
#define __cacheline_aligned __aligned(64) __section(".data..cacheline_aligned")
#define __cacheline_aligned_in_smp __cacheline_aligned
#define __counted_by(member)

#define __no_sanitize_address __attribute__((__no_sanitize__("address")))
#define __no_sanitize_thread
#define __no_sanitize_undefined
#define __no_sanitize_memory
#define __no_kasan_or_inline __no_sanitize_address __maybe_unused
#define __no_kcsan
#define __no_sanitize_or_inline __always_inline
#define __disable_sanitizer_instrumentation __attribute__((__disable_sanitizer_instrumentation__))

/* WebAssembly does not expose return addresses. */
#define __builtin_return_address(level) ((void *)(0UL * (level)))

#define __same_type(a, b) __builtin_types_compatible_p(typeof(a), typeof(b))
#define __unqual_scalar_typeof(x) __typeof_unqual__(x)
#define __native_word(t) (sizeof(t) <= 8 && (sizeof(t) & (sizeof(t) - 1)) == 0)
#define __struct_size(p) __builtin_object_size(p, 0)
#define __member_size(p) __builtin_object_size(p, 1)

#define compiletime_assert(condition, msg) _Static_assert(condition, msg)

#endif
