/* SPDX-License-Identifier: MIT */
/* Per-CPU memory: chunks in vmalloc space, allocated first-fit in units of 8 bytes. */
#include <linux/bitmap.h>
#include <linux/bug.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

/* Allocates areas for all CPUs, KASAN_GUEST_PERCPU_STRIDE bytes apart; returns the first one's address. */
void *kasan_guest_percpu_areas(size_t size, gfp_t gfp);
void kasan_guest_free_percpu_areas(void *base);
/* Tell whoever watches what the guest allocates and frees: only this code knows of single objects. */
void kasan_guest_percpu_taken(void *object, size_t size);
void kasan_guest_percpu_given_back(void *object);

#define CHUNK_BYTES (64UL << 10)
#define UNIT 8UL
#define UNITS (CHUNK_BYTES / UNIT)

struct chunk {
	struct list_head list;
	void *base;
	unsigned long free; /* units */
	unsigned long hint; /* nothing is free below */
	DECLARE_BITMAP(used, UNITS);
	DECLARE_BITMAP(last, UNITS); /* the last unit of each object */
};

/* Chunks with more room come roughly first: one that turned out to be too full moves to the end. */
static LIST_HEAD(chunks);
static DEFINE_SPINLOCK(pcpu_lock);

static struct chunk *create_chunk(gfp_t gfp)
{
	struct chunk *chunk = kzalloc(sizeof(*chunk), gfp);

	if (!chunk)
		return NULL;
	chunk->base = kasan_guest_percpu_areas(CHUNK_BYTES, gfp);
	if (!chunk->base) {
		kfree(chunk);
		return NULL;
	}
	chunk->free = UNITS;
	return chunk;
}

/* Called under the lock: the first unit with enough room, or UNITS. */
static unsigned long find_room(struct chunk *chunk, unsigned long units, unsigned long align)
{
	if (chunk->free < units)
		return UNITS;
	return bitmap_find_next_zero_area(chunk->used, UNITS, chunk->hint, units, align - 1);
}

/* Called under the lock. */
static void *take(struct chunk *chunk, unsigned long at, unsigned long units)
{
	bitmap_set(chunk->used, at, units);
	__set_bit(at + units - 1, chunk->last);
	chunk->free -= units;
	chunk->hint = find_next_zero_bit(chunk->used, UNITS, chunk->hint);
	return chunk->base + at * UNIT;
}

static void *take_from_any(unsigned long units, unsigned long align)
{
	struct chunk *chunk, *next;
	unsigned int tries = 8;
	unsigned long at;

	list_for_each_entry_safe(chunk, next, &chunks, list) {
		at = find_room(chunk, units, align);
		if (at < UNITS)
			return take(chunk, at, units);
		list_move_tail(&chunk->list, &chunks);
		if (--tries == 0)
			break;
	}
	return NULL;
}

static void zero(void *object, size_t size)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		memset(per_cpu_ptr(object, cpu), 0, size);
}

void __percpu *pcpu_alloc_noprof(size_t size, size_t align, bool reserved, gfp_t gfp)
{
	unsigned long units = DIV_ROUND_UP(size, UNIT);
	unsigned long align_units = max(align / UNIT, 1UL);
	struct chunk *chunk;
	unsigned long flags;
	void *object;

	if (WARN_ON_ONCE(!size || size > PCPU_MIN_UNIT_SIZE || align > PAGE_SIZE || !is_power_of_2(align)))
		return NULL;
	spin_lock_irqsave(&pcpu_lock, flags);
	object = take_from_any(units, align_units);
	spin_unlock_irqrestore(&pcpu_lock, flags);
	if (!object) {
		chunk = create_chunk(gfp);
		if (!chunk)
			return NULL;
		spin_lock_irqsave(&pcpu_lock, flags);
		object = take(chunk, 0, units);
		list_add(&chunk->list, &chunks);
		spin_unlock_irqrestore(&pcpu_lock, flags);
	}
	zero(object, size);
	kasan_guest_percpu_taken(object, size);
	return object;
}

/* Called under the lock. */
static struct chunk *chunk_of(void *object)
{
	struct chunk *chunk;

	list_for_each_entry(chunk, &chunks, list)
		if (object >= chunk->base && object < chunk->base + CHUNK_BYTES)
			return chunk;
	return NULL;
}

/* Called under the lock: removes and returns a chunk that is now empty and not the only one. */
static struct chunk *give_back(void *object)
{
	struct chunk *chunk = chunk_of(object);
	unsigned long at, units;

	if (WARN_ON_ONCE(!chunk))
		return NULL;
	at = (object - chunk->base) / UNIT;
	units = find_next_bit(chunk->last, UNITS, at) - at + 1;
	bitmap_clear(chunk->used, at, units);
	__clear_bit(at + units - 1, chunk->last);
	chunk->free += units;
	chunk->hint = min(chunk->hint, at);
	list_move(&chunk->list, &chunks);
	if (chunk->free < UNITS || list_is_singular(&chunks))
		return NULL;
	list_del(&chunk->list);
	return chunk;
}

void free_percpu(void __percpu *ptr)
{
	struct chunk *empty;
	unsigned long flags;

	if (!ptr)
		return;
	kasan_guest_percpu_given_back(ptr);
	spin_lock_irqsave(&pcpu_lock, flags);
	empty = give_back(ptr);
	spin_unlock_irqrestore(&pcpu_lock, flags);
	if (!empty)
		return;
	kasan_guest_free_percpu_areas(empty->base);
	kfree(empty);
}
