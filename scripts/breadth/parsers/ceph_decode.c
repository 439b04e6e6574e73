// SPDX-License-Identifier: MIT
// Addresses of servers: of both forms, one of several, cut short, and with each byte changed.
#include <linux/ceph/decode.h>
#include <linux/ceph/msgr.h>
#include "check.h"

static struct ceph_entity_addr address;

static long decode(u8 *bytes, size_t size)
{
	void *p = bytes;
	int error = ceph_decode_entity_addrvec(&p, bytes + size, true, &address);

	return error ? error : p - (void *)bytes;
}

/* Marker 1, version 1, compatible with 1; its length; type, nonce; the address's length, family, port and number. */
#define ADDRESS(type, number) 1, 1, 1, 20, 0, 0, 0, type, 0, 0, 0, 7, 0, 0, 0, 8, 0, 0, 0, 2, 0, 0x1a, 0x85, 10, 0, 0, number

static int __init check_addresses(void)
{
	static const u8 two[] = {
		2, 2, 0, 0, 0, ADDRESS(1, 1), ADDRESS(2, 2)
	};
	static const u8 twice[] = {
		2, 2, 0, 0, 0, ADDRESS(2, 1), ADDRESS(2, 2)
	};
	static const u8 other[] = { 2, 1, 0, 0, 0, ADDRESS(1, 1) };
	/* Its nonce and a whole sockaddr_storage. */
	u8 *old = kzalloc(1 + 3 + 4 + 128, GFP_KERNEL);
	void *p = old;

	CHECK(parse(decode, two, sizeof(two)) == sizeof(two));
	CHECK(address.in_addr.ss_family == 2 && ((u8 *)&address.in_addr)[7] == 2);
	/* Of two that fit, the first; none is no error, but others only are. */
	CHECK(parse(decode, twice, sizeof(twice)) == sizeof(twice) && ((u8 *)&address.in_addr)[7] == 1);
	CHECK(parse(decode, (u8[]){ 2, 0, 0, 0, 0 }, 5) == 5);
	CHECK(parse(decode, other, sizeof(other)) == -ENOENT);
	CHECK(parse(decode, (u8[]){ 2, 255, 255, 255, 127 }, 5) == -EINVAL);
	CHECK(refused_parts(decode, two, sizeof(two)) == sizeof(two));
	parse_changed(decode, two, sizeof(two));

	old[9] = 2;
	CHECK(ceph_decode_entity_addr(&p, old + 136, &address) == 0 && p == old + 136 && address.in_addr.ss_family == 2);
	p = old;
	CHECK(ceph_decode_entity_addr(&p, old + 135, &address) == -EINVAL);
	kfree(old);
	return 0;
}
CHECKS(check_addresses);
