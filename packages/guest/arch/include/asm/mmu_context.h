/* SPDX-License-Identifier: MIT */
#ifndef _ASM_MMU_CONTEXT_H
#define _ASM_MMU_CONTEXT_H

/* Before 5.12, the general header has all of it. */
#include <linux/version.h>
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 12, 0)

struct mm_struct;
struct task_struct;
struct vm_area_struct;

/* There is one user space, whichever task runs. */
static inline void switch_mm(struct mm_struct *prev, struct mm_struct *next, struct task_struct *tsk)
{
}

static inline bool arch_vma_access_permitted(struct vm_area_struct *vma, bool write, bool execute, bool foreign)
{
	return true;
}
#define arch_vma_access_permitted arch_vma_access_permitted

#endif

#include <asm-generic/mmu_context.h>

#endif
