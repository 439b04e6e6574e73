/* SPDX-License-Identifier: MIT */
#ifndef _ASM_PTRACE_H
#define _ASM_PTRACE_H

struct pt_regs {
	unsigned long regs[31];
	unsigned long sp;
	unsigned long pc;
	unsigned long pstate;
};

#define user_mode(regs) 0
#define kernel_stack_pointer(regs) ((regs)->sp)
#define instruction_pointer(regs) ((regs)->pc)
#define user_stack_pointer(regs) ((regs)->sp)
#define frame_pointer(regs) ((regs)->regs[29])
#define profile_pc(regs) instruction_pointer(regs)
#define is_syscall_success(regs) (!IS_ERR_VALUE(regs_return_value(regs)))
#define arch_has_single_step() 0

static inline unsigned long regs_return_value(struct pt_regs *regs)
{
	return regs->regs[0];
}

static inline void instruction_pointer_set(struct pt_regs *regs, unsigned long value)
{
	regs->pc = value;
}

static inline bool regs_irqs_disabled(struct pt_regs *regs)
{
	return false;
}

#endif
