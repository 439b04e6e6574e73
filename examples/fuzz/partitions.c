// SPDX-License-Identifier: MIT
/*
 * Tables of partitions: a file of block/partitions/, which is included: msdos.c, or `-D MAC` for mac.c. An input is the first sectors of a disk.
 */
#include <linux/kfuzztest.h>
#include <linux/slab.h>

#if defined(AIX)
#include "aix.c"
#define PARSER aix_partition
#elif defined(AMIGA)
#include "amiga.c"
#define PARSER amiga_partition
#elif defined(ATARI)
#include "atari.c"
#define PARSER atari_partition
#elif defined(EFI)
#include "efi.c"
#define PARSER efi_partition
#elif defined(KARMA)
#include "karma.c"
#define PARSER karma_partition
#elif defined(LDM)
#include "ldm.c"
#define PARSER ldm_partition
#elif defined(MAC)
#include "mac.c"
#define PARSER mac_partition
#elif defined(OSF)
#include "osf.c"
#define PARSER osf_partition
#elif defined(SGI)
#include "sgi.c"
#define PARSER sgi_partition
#elif defined(SUN)
#include "sun.c"
#define PARSER sun_partition
#elif defined(SYSV68)
#include "sysv68.c"
#define PARSER sysv68_partition
#elif defined(ULTRIX)
#include "ultrix.c"
#define PARSER ultrix_partition
#else
#include "msdos.c"
#define PARSER msdos_partition
#endif

#define SECTORS 64

static const char *disk;
static size_t length;

/* In place of that of block/partitions/core.c, which reads through the page cache. */
void *read_part_sector(struct parsed_partitions *state, sector_t n, Sector *sector)
{
	char *bytes = n < SECTORS ? kzalloc(512, GFP_KERNEL) : NULL;

	sector->v = NULL;
	if (!bytes)
		return NULL;
	if (n * 512 < length)
		memcpy(bytes, disk + n * 512, min(length - n * 512, 512UL));
	sector->v = virt_to_folio(bytes);
	folio_get(sector->v);
	return bytes;
}

FUZZ_TEST_SIMPLE(partitions)
{
	static struct block_device part0;
	static struct gendisk gendisk = { .part0 = &part0 };
	static struct request_queue queue;
	struct parsed_partitions *state = kzalloc(sizeof(*state), GFP_KERNEL);

	disk = data;
	length = datalen;
	part0.bd_disk = &gendisk;
	part0.bd_queue = gendisk.queue = &queue;
	part0.bd_nr_sectors = SECTORS;
	queue.limits.logical_block_size = 512;
	state->disk = &gendisk;
	state->limit = 32;
	state->next = 1;
	state->parts = kcalloc(state->limit, sizeof(*state->parts), GFP_KERNEL);
	state->pp_buf = kzalloc(PAGE_SIZE, GFP_KERNEL);
	return PARSER(state);
}
