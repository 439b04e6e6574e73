/* SPDX-License-Identifier: MIT */
/* The same fuzz target natively, under libFuzzer, and as a guest, under `kasan fuzz`. */
#ifdef __KERNEL__
#include <linux/string.h>
#include <linux/types.h>
#else
#include <stddef.h>
#include <string.h>
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
#endif
int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
