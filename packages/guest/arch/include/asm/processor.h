/* SPDX-License-Identifier: MIT */
#ifndef _ASM_PROCESSOR_H
#define _ASM_PROCESSOR_H

#include <asm/page.h>

struct task_struct;
struct pt_regs;

struct thread_struct {
	int unused;
};
#define INIT_THREAD { }

/* End of user space with the smaller page tables of x86; a guest's memory is always below it. */
#define TASK_SIZE_MAX ((1UL << 47) - PAGE_SIZE)
#define TASK_SIZE TASK_SIZE_MAX
#define STACK_TOP TASK_SIZE
#define STACK_TOP_MAX STACK_TOP
#define TASK_UNMAPPED_BASE PAGE_ALIGN(TASK_SIZE / 3)

#define KSTK_EIP(task) 0UL
#define KSTK_ESP(task) 0UL
#define task_pt_regs(task) ((struct pt_regs *)NULL)

/* Lets other tasks of this CPU run, and other CPUs' threads if the host has too few processors. Time passes. */
void cpu_relax(void);

static inline void start_thread(struct pt_regs *regs, unsigned long pc, unsigned long sp)
{
}

static inline void flush_thread(void)
{
}

unsigned long __get_wchan(struct task_struct *task);

#endif
