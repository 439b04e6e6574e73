/* SPDX-License-Identifier: MIT */
/*
 * Allocates objects, uses them, and frees them.
 */
#include <linux/module.h>
#include <linux/slab.h>

#define OBJECTS 256
#define ROUNDS 40

static int __init hot_slab_init(void)
{
	static u8 *objects[OBJECTS];
	int round, i, byte;

	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < OBJECTS; i++) {
			objects[i] = kmalloc(100 + 8 * (i % 64), GFP_KERNEL);
			if (!objects[i])
				return -ENOMEM;
			for (byte = 0; byte < 100; byte++)
				((volatile u8 *)objects[i])[byte] = i;
		}
		for (i = 0; i < OBJECTS; i++)
			kfree(objects[i]);
	}
	return 0;
}

module_init(hot_slab_init);
MODULE_LICENSE("GPL");
