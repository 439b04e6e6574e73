/* SPDX-License-Identifier: MIT */
/* What a kernel knows of memory before it has pages: all of it is one range. */
#include <linux/memblock.h>
#include <linux/mm.h>

static struct memblock_region regions[1];
struct memblock memblock = { .memory = { .cnt = 1, .max = 1, .regions = regions, .name = "memory" } };

static __attribute__((constructor)) void add_memory(void)
{
	regions[0].size = totalram_pages() << PAGE_SHIFT;
	memblock.memory.total_size = regions[0].size;
}

/* The ranges of one type of memory, from the first; ULLONG_MAX is behind the last. */
void __next_mem_range(u64 *idx, int nid, enum memblock_flags flags, struct memblock_type *type_a,
		      struct memblock_type *type_b, phys_addr_t *out_start, phys_addr_t *out_end, int *out_nid)
{
	const struct memblock_region *region = &type_a->regions[*idx];

	if (WARN_ON_ONCE(type_b) || *idx >= type_a->cnt) {
		*idx = ULLONG_MAX;
		return;
	}
	if (out_start)
		*out_start = region->base;
	if (out_end)
		*out_end = region->base + region->size;
	if (out_nid)
		*out_nid = 0;
	++*idx;
}
