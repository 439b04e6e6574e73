/* SPDX-License-Identifier: MIT */
/* A chained hash table of small objects: allocated, found, freed, twelve million operations. */
#include "bench.h"

#define BUCKETS 4096

struct entry {
	struct entry *next;
	u32 key, value;
};

static struct entry *buckets[BUCKETS];

static noinline struct entry **find(u32 key)
{
	struct entry **at = &buckets[(key * 2654435761u) >> 20];

	while (*at && (*at)->key != key)
		at = &(*at)->next;
	return at;
}

static unsigned long work(void)
{
	unsigned long sum = 0;
	u32 i;

	for (i = 0; i < 12000000; i++) {
		u32 key = next() % 16384;
		struct entry **at = find(key);

		if (!*at) {
			struct entry *entry = kmalloc(sizeof(*entry), GFP_KERNEL);

			entry->next = NULL;
			entry->key = key;
			entry->value = i;
			*at = entry;
		} else if (next() % 8 == 0) {
			struct entry *entry = *at;

			*at = entry->next;
			sum += entry->value;
			kfree(entry);
		} else {
			sum += (*at)->value++;
		}
	}
	return sum;
}
