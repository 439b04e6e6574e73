/* SPDX-License-Identifier: MIT */
/* Before 6.3, the general header takes it from the architecture, and 32 otherwise: size_t would have the wrong size. */
#ifndef _ASM_BITSPERLONG_H
#define _ASM_BITSPERLONG_H

#define __BITS_PER_LONG 64
#include <asm-generic/bitsperlong.h>

#endif
