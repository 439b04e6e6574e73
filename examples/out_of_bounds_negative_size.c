/* SPDX-License-Identifier: MIT */
/* out-of-bounds: a length that is negative, and so, as a size_t, larger than memory. */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#define HEADER_SIZE 8

static noinline void strip_header(char *packet, int length)
{
	memmove(packet, packet + HEADER_SIZE, length - HEADER_SIZE);
}

static int __init negative_init(void)
{
	char *packet = kzalloc(64, GFP_KERNEL);

	if (!packet)
		return -ENOMEM;
	/* A packet that is shorter than its header. */
	strip_header(packet, 6);
	kfree(packet);
	return 0;
}

module_init(negative_init);
MODULE_LICENSE("GPL");
