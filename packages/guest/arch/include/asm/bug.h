/* SPDX-License-Identifier: MIT */
#ifndef _ASM_BUG_H
#define _ASM_BUG_H

#ifndef __ASSEMBLY__
/* Replaces a trapping instruction and a table of its locations. */
void kasan_guest_bug(const char *file, int line) __attribute__((__noreturn__, __cold__));

#define HAVE_ARCH_BUG
#define BUG() kasan_guest_bug(__FILE__, __LINE__)
#endif

#include <asm-generic/bug.h>

#endif
