/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_BITREV_H
#define _LINUX_BITREV_H

#include <linux/types.h>

/* Reverses the order of bits, also in constants. The table is in lib/bitrev.c of a kernel's source. */
extern u8 const byte_rev_table[256];

#define __constant_bitrev8(x) ((u8)__builtin_bitreverse8(x))
#define __constant_bitrev16(x) ((u16)__builtin_bitreverse16(x))
#define __constant_bitrev32(x) ((u32)__builtin_bitreverse32(x))
#define __bitrev8(x) __constant_bitrev8(x)
#define __bitrev16(x) __constant_bitrev16(x)
#define __bitrev32(x) __constant_bitrev32(x)
#define bitrev8(x) __constant_bitrev8(x)
#define bitrev16(x) __constant_bitrev16(x)
#define bitrev32(x) __constant_bitrev32(x)

#endif
