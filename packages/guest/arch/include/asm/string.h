/* SPDX-License-Identifier: MIT */
#ifndef _ASM_STRING_H
#define _ASM_STRING_H

/* The machine's own; the others are the tree's lib/string.c. */
#define __HAVE_ARCH_MEMCPY
#define __HAVE_ARCH_MEMMOVE
#define __HAVE_ARCH_MEMSET
void *memcpy(void *dest, const void *src, size_t count);
void *memmove(void *dest, const void *src, size_t count);
void *memset(void *s, int c, size_t count);
void *__memcpy(void *dest, const void *src, size_t count);
void *__memmove(void *dest, const void *src, size_t count);
void *__memset(void *s, int c, size_t count);
#if defined(CONFIG_KASAN) && !defined(__SANITIZE_ADDRESS__)
/* As in a kernel: a file without instrumentation uses functions without checks. */
#define memcpy(dst, src, len) __memcpy(dst, src, len)
#define memmove(dst, src, len) __memmove(dst, src, len)
#define memset(s, c, n) __memset(s, c, n)
#ifndef __NO_FORTIFY
#define __NO_FORTIFY
#endif
#endif

#endif
