/* SPDX-License-Identifier: MIT */
#ifndef _ASM_SPARSEMEM_H
#define _ASM_SPARSEMEM_H

#define SECTION_SIZE_BITS 27
#define MAX_PHYSMEM_BITS 46

#endif
