/* SPDX-License-Identifier: MIT */
/* WebAssembly has floating point at any time, and no registers that would have to be saved. */
#ifndef _ASM_FPU_H
#define _ASM_FPU_H

#define kernel_fpu_available() true
#define kernel_fpu_begin() do { } while (0)
#define kernel_fpu_end() do { } while (0)

#endif
