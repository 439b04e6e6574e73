/* SPDX-License-Identifier: MIT */
#ifndef _ASM_PERCPU_H
#define _ASM_PERCPU_H

/* Distance between consecutive CPUs' copies of a variable (CPU_COPY_BYTES of the machine). */
#define KASAN_GUEST_PERCPU_STRIDE (16UL << 20)


#define per_cpu_offset(cpu) ((unsigned long)(cpu) * KASAN_GUEST_PERCPU_STRIDE)
#define __my_cpu_offset per_cpu_offset(kasan_guest_cpu())
#define my_cpu_offset __my_cpu_offset

#include <asm-generic/percpu.h>

#endif
