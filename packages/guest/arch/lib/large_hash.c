/* SPDX-License-Identifier: MIT */
/* Hash tables whose size depends on how much memory there is. */
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/slab.h>

/* scale: one bucket per that power of two of bytes. */
void *alloc_large_system_hash(const char *tablename, unsigned long bucketsize, unsigned long numentries, int scale,
			      int flags, unsigned int *_hash_shift, unsigned int *_hash_mask, unsigned long low_limit,
			      unsigned long high_limit)
{
	unsigned long bytes = totalram_pages() << PAGE_SHIFT;
	void *table;

	if (!numentries)
		numentries = max(bytes >> scale, PAGE_SIZE / bucketsize);
	/* A sixteenth of memory, if there is no other limit. */
	if (!high_limit)
		high_limit = bytes / 16 / bucketsize;
	numentries = roundup_pow_of_two(clamp(numentries, low_limit, max(low_limit, high_limit)) ?: 1);
	table = kvcalloc(numentries, bucketsize, GFP_KERNEL);
	if (!table)
		panic("Failed to allocate %s hash table\n", tablename);
	pr_info("%s hash table entries: %lu (%lu bytes)\n", tablename, numentries, numentries * bucketsize);
	if (_hash_shift)
		*_hash_shift = ilog2(numentries);
	if (_hash_mask)
		*_hash_mask = numentries - 1;
	return table;
}
