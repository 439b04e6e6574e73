/* SPDX-License-Identifier: MIT */
/* What a kernel knows of memory before it has pages: all of it is one range. */
#include <linux/log2.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/version.h>

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

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 16, 0)
/* The machine has slabs from the beginning: memory for the kernel's boot is theirs. Objects of a power of two have its alignment. */
void *memblock_alloc_try_nid(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr, phys_addr_t max_addr, int nid)
{
	void *object = kzalloc(size, GFP_KERNEL);

	if (IS_ALIGNED((unsigned long)object, align))
		return object;
	kfree(object);
	return kzalloc(roundup_pow_of_two(max(size, align)), GFP_KERNEL);
}

void memblock_free(void *ptr, size_t size)
{
	kfree(ptr);
}

void memblock_free_late(phys_addr_t base, phys_addr_t size)
{
	kfree(phys_to_virt(base));
}
#endif
