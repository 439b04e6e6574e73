/* SPDX-License-Identifier: MIT */
#ifndef _ASM_MMU_H
#define _ASM_MMU_H

typedef struct {
	int unused;
} mm_context_t;

#endif
