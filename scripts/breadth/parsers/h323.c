// SPDX-License-Identifier: MIT
// Messages of H.323: a call that is set up, cut short, with each byte changed, and lengths of all sizes.
#include <linux/netfilter/nf_conntrack_h323_asn1.h>
#include "check.h"

static Q931 *call;
static RasMessage *ras;
static MultimediaSystemControlMessage *control;

static long decode_call(u8 *bytes, size_t size)
{
	return DecodeQ931(bytes, size, call);
}

static long decode_ras(u8 *bytes, size_t size)
{
	return DecodeRasMessage(bytes, size, ras);
}

static long decode_control(u8 *bytes, size_t size)
{
	return DecodeMultimediaSystemControlMessage(bytes, size, control);
}

static int __init check_h323(void)
{
	/* Q.931's discriminator, a call reference of 2 bytes, SETUP, user-user data of 7 bytes for H.323: a message that is empty. */
	static const u8 setup[] = { 8, 2, 0, 1, 5, 0x7e, 0, 7, 5, 0x20, 0xb8, 0, 0, 0, 0 };
	u8 *many = kmalloc(300, GFP_KERNEL);

	call = kzalloc(sizeof(*call), GFP_KERNEL);
	ras = kzalloc(sizeof(*ras), GFP_KERNEL);
	control = kzalloc(sizeof(*control), GFP_KERNEL);
	parse(decode_call, setup, sizeof(setup));
	CHECK(call->MessageType == Q931_Setup);
	CHECK(parse(decode_call, (u8[]){ 9, 0, 5, 0 }, 4) < 0);
	CHECK(refused_parts(decode_call, setup, sizeof(setup)) == sizeof(setup));
	parse_changed(decode_call, setup, sizeof(setup));

	/* Each choice that the first byte can make, with all bits of what follows set and clear. */
	for (int first = 0; first < 256; first++) {
		for (int fill = 0; fill < 256; fill += 15) {
			memset(many, fill, 300);
			many[0] = first;
			for (size_t size = 1; size <= 300; size = size * 3 / 2 + 1) {
				parse(decode_ras, many, size);
				parse(decode_control, many, size);
			}
		}
	}
	CHECK(parse(decode_ras, many, 0) < 0 && parse(decode_control, many, 0) < 0);
	kfree(many);
	kfree(call);
	kfree(ras);
	kfree(control);
	return 0;
}
CHECKS(check_h323);
