/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_CONST_H
#define _LINUX_CONST_H

#include <linux/compiler.h>

#ifdef __ASSEMBLY__
#define _AC(x, suffix) x
#define _AT(type, x) x
#else
#define _AC(x, suffix) __PASTE(x, suffix)
#define _AT(type, x) ((type)(x))
#endif
#define _UL(x) _AC(x, UL)
#define _ULL(x) _AC(x, ULL)
#define UL(x) _UL(x)
#define ULL(x) _ULL(x)
#define _BITUL(x) (_UL(1) << (x))
#define _BITULL(x) (_ULL(1) << (x))

#define __ALIGN_KERNEL_MASK(x, mask) (((x) + (mask)) & ~(mask))
#define __ALIGN_KERNEL(x, a) __ALIGN_KERNEL_MASK(x, (typeof(x))(a) - 1)

#endif
