/* A ring buffer of bytes. */
#ifndef RING_H
#define RING_H

#include <linux/slab.h>
#include <linux/types.h>

struct ring {
	size_t size;
	size_t first;
	size_t used;
	u8 *bytes;
};

struct ring *ring_create(size_t size);
void ring_destroy(struct ring *ring);
bool ring_put(struct ring *ring, u8 byte);
bool ring_get(struct ring *ring, u8 *byte);

#endif
