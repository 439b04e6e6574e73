/* SPDX-License-Identifier: MIT */
#ifndef _UAPI_ASM_PTRACE_H
#define _UAPI_ASM_PTRACE_H

struct user_pt_regs {
	unsigned long regs[34];
};

#endif
