/* SPDX-License-Identifier: MIT */
#ifndef _ASM_STACKTRACE_H
#define _ASM_STACKTRACE_H

struct stack_frame {
	struct stack_frame *next_frame;
	unsigned long return_address;
};

#endif
