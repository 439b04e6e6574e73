/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_CRC4_H
#define _LINUX_CRC4_H

#include <linux/types.h>

/* Implemented by lib/crc4.c of a kernel's source. */
u8 crc4(u8 c, uint64_t x, int bits);

#endif
