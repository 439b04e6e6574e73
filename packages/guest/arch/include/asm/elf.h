/* SPDX-License-Identifier: MIT */
#ifndef _ASM_ELF_H
#define _ASM_ELF_H

#include <linux/types.h>

typedef unsigned long elf_greg_t;
typedef elf_greg_t elf_gregset_t[32];
typedef struct {
	unsigned long regs[32];
} elf_fpregset_t;

/* No machine of ELF's list is ours: modules are WebAssembly. */
#define ELF_CLASS ELFCLASS64
#define ELF_DATA ELFDATA2LSB
#define ELF_ARCH EM_NONE
#define elf_check_arch(header) ((header)->e_machine == EM_NONE)
#define ELF_EXEC_PAGESIZE PAGE_SIZE
#define ELF_ET_DYN_BASE (TASK_SIZE / 3 * 2)
#define ELF_HWCAP 0
#define ELF_PLATFORM NULL

#endif
