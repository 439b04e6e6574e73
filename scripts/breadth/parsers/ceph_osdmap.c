// SPDX-License-Identifier: MIT
// A map of storage: of one device and no pools, cut short, and with bytes changed.
#include <linux/ceph/decode.h>
#include <linux/ceph/osdmap.h>
#include "check.h"

static long decode(u8 *bytes, size_t size)
{
	void *p = bytes;
	struct ceph_osdmap *map = ceph_osdmap_decode(&p, bytes + size, false);

	if (IS_ERR(map))
		return PTR_ERR(map);
	ceph_osdmap_destroy(map);
	return 0;
}

#define U32(number) (number) & 255, (number) >> 8 & 255, (number) >> 16 & 255, (number) >> 24 & 255

static int __init check_map(void)
{
	static const u8 bytes[] = {
		/* Version 8 from 7 on, and for clients version 4 from 1 on, with their lengths. */
		8, 7, U32(0), 4, 1, U32(0),
		/* Its id, epoch, and times */
		1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, U32(77), U32(0), U32(0), U32(0), U32(0),
		/* No pools, no names; the last pool, flags */
		U32(0), U32(0), U32(0), U32(0),
		/* One device: its state as a byte, weight, and an address without a family */
		U32(1), U32(1), 3, U32(1), U32(65536), U32(1),
		1, 1, 1, U32(12), U32(1), U32(7), U32(0),
		/* Nothing temporary, and no preference */
		U32(0), U32(0), U32(0),
		/* CRUSH: its magic number, no buckets, rules and devices, and no names of types, of what there is, and of rules */
		U32(28), U32(0x10000), U32(0), U32(0), U32(0), U32(0), U32(0), U32(0),
		/* Nothing of what else can be there */
		U32(0), U32(0), U32(0),
	};
	u8 *copy = kmemdup(bytes, sizeof(bytes), GFP_KERNEL);
	void *p = copy;
	struct ceph_osdmap *map = ceph_osdmap_decode(&p, copy + sizeof(bytes), false);

	CHECK(!IS_ERR(map));
	CHECK(map->epoch == 77 && map->max_osd == 1 && map->osd_weight[0] == 65536 && map->osd_state[0] == 3);
	CHECK(map->crush && map->crush->max_buckets == 0 && p == copy + sizeof(bytes));
	ceph_osdmap_destroy(map);
	kfree(copy);
	CHECK(refused_parts(decode, bytes, sizeof(bytes)) == sizeof(bytes));
	return 0;
}
CHECKS(check_map);
