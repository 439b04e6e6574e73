/* SPDX-License-Identifier: MIT */
#ifndef _ASM_CPUFEATURE_H
#define _ASM_CPUFEATURE_H

/* The features that every 64-bit processor of the architecture has. */
#define X86_FEATURE_FPU 0
#define X86_FEATURE_TSC 4
#define X86_FEATURE_CX8 8
#define X86_FEATURE_CMOV 15
#define X86_FEATURE_MMX 23
#define X86_FEATURE_XMM 25
#define X86_FEATURE_XMM2 26

#define boot_cpu_has(bit) ((bit) >= 0 && (bit) <= X86_FEATURE_XMM2)
#define static_cpu_has(bit) boot_cpu_has(bit)
#define cpu_feature_enabled(bit) boot_cpu_has(bit)
#define cpu_has(cpu, bit) boot_cpu_has(bit)

#endif
