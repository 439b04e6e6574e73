/* SPDX-License-Identifier: MIT */
#ifndef _KASAN_STDARG_H
#define _KASAN_STDARG_H

/* The compiler's own, for headers of a kernel of any version. */
typedef __builtin_va_list va_list;
#define va_start(list, last) __builtin_va_start(list, last)
#define va_end(list) __builtin_va_end(list)
#define va_arg(list, type) __builtin_va_arg(list, type)
#define va_copy(to, from) __builtin_va_copy(to, from)

#endif
