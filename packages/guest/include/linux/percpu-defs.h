/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_PERCPU_DEFS_H
#define _LINUX_PERCPU_DEFS_H

#include <linux/preempt.h>
#include <linux/smp.h>
#include <linux/types.h>

#define DECLARE_PER_CPU(type, name) extern typeof(type) name
#define DEFINE_PER_CPU(type, name) __section(".data..percpu") typeof(type) name
#define DEFINE_PER_CPU_ALIGNED(type, name) DEFINE_PER_CPU(type, name)
#define DEFINE_PER_CPU_SHARED_ALIGNED(type, name) DEFINE_PER_CPU(type, name)
#define DEFINE_PER_CPU_READ_MOSTLY(type, name) DEFINE_PER_CPU(type, name)

#define EXPORT_PER_CPU_SYMBOL(var) extern typeof(var) var
#define EXPORT_PER_CPU_SYMBOL_GPL(var) extern typeof(var) var

/* Distance between consecutive CPUs' copies (CPU_COPY_BYTES of the machine). */
#define KASAN_GUEST_PERCPU_STRIDE (16UL << 20)
#define RELOC_HIDE(ptr, off) \
	({ \
		unsigned long __ptr = (unsigned long)(ptr); \
		asm("" : "+r"(__ptr)); \
		(typeof(ptr))(__ptr + (off)); \
	})
#define per_cpu_ptr(ptr, cpu) RELOC_HIDE(ptr, (unsigned long)(cpu) * KASAN_GUEST_PERCPU_STRIDE)
#define raw_cpu_ptr(ptr) per_cpu_ptr(ptr, raw_smp_processor_id())
#define this_cpu_ptr(ptr) raw_cpu_ptr(ptr)
#define per_cpu(var, cpu) (*per_cpu_ptr(&(var), cpu))
#define __this_cpu(var) (*raw_cpu_ptr(&(var)))
#define get_cpu_var(var) __this_cpu(var)
#define put_cpu_var(var) ((void)&(var))
#define get_cpu_ptr(ptr) this_cpu_ptr(ptr)
#define put_cpu_ptr(ptr) ((void)(ptr))

#define this_cpu_read(var) READ_ONCE(__this_cpu(var))
#define this_cpu_write(var, val) WRITE_ONCE(__this_cpu(var), val)
#define this_cpu_add(var, val) ((void)((__this_cpu(var)) += (typeof(__this_cpu(var)))(val)))
#define this_cpu_sub(var, val) ((void)((__this_cpu(var)) -= (typeof(__this_cpu(var)))(val)))
#define this_cpu_and(var, val) ((void)((__this_cpu(var)) &= (val)))
#define this_cpu_or(var, val) ((void)((__this_cpu(var)) |= (val)))
#define this_cpu_inc(var) this_cpu_add(var, 1)
#define this_cpu_dec(var) this_cpu_sub(var, 1)
#define this_cpu_add_return(var, val) ((__this_cpu(var)) += (typeof(__this_cpu(var)))(val))
#define this_cpu_sub_return(var, val) ((__this_cpu(var)) -= (typeof(__this_cpu(var)))(val))
#define this_cpu_inc_return(var) this_cpu_add_return(var, 1)
#define this_cpu_dec_return(var) this_cpu_sub_return(var, 1)
#define __this_cpu_read(var) this_cpu_read(var)
#define __this_cpu_write(var, val) this_cpu_write(var, val)
#define __this_cpu_add(var, val) this_cpu_add(var, val)
#define __this_cpu_sub(var, val) this_cpu_sub(var, val)
#define __this_cpu_inc(var) this_cpu_inc(var)
#define __this_cpu_dec(var) this_cpu_dec(var)
#define __this_cpu_and(var, val) this_cpu_and(var, val)
#define __this_cpu_or(var, val) this_cpu_or(var, val)
#define __this_cpu_add_return(var, val) this_cpu_add_return(var, val)
#define __this_cpu_sub_return(var, val) this_cpu_sub_return(var, val)
#define __this_cpu_inc_return(var) this_cpu_inc_return(var)
#define __this_cpu_dec_return(var) this_cpu_dec_return(var)
#define this_cpu_xchg(var, val) \
	({ \
		typeof(var) __xchg_old = (__this_cpu(var)); \
		(__this_cpu(var)) = (val); \
		__xchg_old; \
	})
#define this_cpu_cmpxchg(var, old, new) \
	({ \
		typeof(var) __cmpxchg_was = (__this_cpu(var)); \
		if (__cmpxchg_was == (old)) \
			(__this_cpu(var)) = (new); \
		__cmpxchg_was; \
	})
#define raw_cpu_read(var) this_cpu_read(var)
#define raw_cpu_write(var, val) this_cpu_write(var, val)
#define raw_cpu_add(var, val) this_cpu_add(var, val)
#define raw_cpu_inc(var) this_cpu_inc(var)

#endif
