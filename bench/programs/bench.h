/* SPDX-License-Identifier: MIT */
/* The same C natively and as a guest: work() does it and returns a checksum. */
#ifdef __KERNEL__
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#define big_alloc(size) vmalloc(size)
#define big_free(p) vfree(p)
static unsigned long work(void);
static int bench_init(void)
{
	pr_info("checksum %lx\n", work());
	return 0;
}
module_init(bench_init);
#else
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#define GFP_KERNEL 0
#define kmalloc(size, flags) malloc(size)
#define kfree(p) free(p)
#define big_alloc(size) malloc(size)
#define big_free(p) free(p)
#define noinline __attribute__((noinline))
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long u64;
static unsigned long work(void);
static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}
int main(void)
{
	double start = now();
	unsigned long sum = work();

	printf("checksum %lx milliseconds %.3f\n", sum, now() - start);
	return 0;
}
#endif

/* The structure that has a member at this place. */
#define holder(at, type, member) ((type *)((char *)(at) - __builtin_offsetof(type, member)))

static u32 seed = 1;
static inline u32 next(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed;
}
