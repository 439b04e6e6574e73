/* SPDX-License-Identifier: MIT */
#ifndef _UAPI_ASM_SIGCONTEXT_H
#define _UAPI_ASM_SIGCONTEXT_H

struct sigcontext {
	unsigned long regs[34];
};

#endif
