/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_KERNEL_H
#define _LINUX_KERNEL_H

#include <asm/byteorder.h>
#include <linux/align.h>
#include <linux/array_size.h>
#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/container_of.h>
#include <linux/errno.h>
#include <linux/hex.h>
#include <linux/init.h>
#include <linux/kstrtox.h>
#include <linux/limits.h>
#include <linux/linkage.h>
#include <linux/log2.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/panic.h>
#include <linux/printk.h>
#include <linux/sprintf.h>
#include <linux/stdarg.h>
#include <linux/stddef.h>
#include <linux/types.h>

#define REPEAT_BYTE(x) ((~0UL / 0xff) * (x))
#define upper_32_bits(n) ((u32)((u64)(n) >> 32))
#define lower_32_bits(n) ((u32)(n))
#define upper_16_bits(n) ((u16)((n) >> 16))
#define lower_16_bits(n) ((u16)(n))
#define u64_to_user_ptr(x) ((void *)(uintptr_t)(x))
#define PTR_IF(cond, ptr) ((cond) ? (ptr) : NULL)

/* Does nothing: nothing here sleeps where it must not. */
#define might_sleep() do { } while (0)
#define might_sleep_if(cond) ((void)(cond))
#define might_fault() do { } while (0)
#define cant_sleep() do { } while (0)
#define cond_resched() 0
#define non_block_start() do { } while (0)
#define non_block_end() do { } while (0)

/* Parsing of command lines: numbers, their lists and ranges, sizes with a unit, options in a list, name=value. */
int get_option(char **str, int *pint);
char *get_options(const char *str, int nints, int *ints);
unsigned long long memparse(const char *ptr, char **retptr);
bool parse_option_str(const char *str, const char *option);
char *next_arg(char *args, char **param, char **val);

#define trace_printk(fmt, ...) no_printk(fmt, ##__VA_ARGS__)

#endif
