// SPDX-License-Identifier: MIT
// SEQUENCE { INTEGER }, whole, cut off, and with other tags.
#include <linux/asn1_ber_bytecode.h>
#include <linux/asn1_decoder.h>
#include "check.h"

static int note(void *context, size_t hdrlen, unsigned char tag, const void *value, size_t vlen)
{
	if (vlen != 1)
		return -EBADMSG;
	*(int *)context = *(const u8 *)value;
	return 0;
}

static const asn1_action_t actions[] = { note };
static const u8 machine[] = {
	ASN1_OP_MATCH,	    _tag(UNIV, CONS, SEQ),
	ASN1_OP_MATCH_ACT,  _tag(UNIV, PRIM, INT), _action(0),
	ASN1_OP_END_SEQ,
	ASN1_OP_COMPLETE,
};
static const struct asn1_decoder decoder = {
	.machine = machine,
	.machlen = sizeof(machine),
	.actions = actions,
};

static int __init check_asn1(void)
{
	u8 *good = BYTES(0x30, 3, 2, 1, 42), *other = BYTES(0x30, 3, 4, 1, 42), *longer = BYTES(0x30, 0x83, 1, 1, 1);
	int number = 0;

	CHECK(asn1_ber_decoder(&decoder, &number, good, 5) == 0 && number == 42);
	for (size_t length = 0; length < 5; length++) {
		u8 *part = kmemdup(good, length, GFP_KERNEL);

		CHECK(asn1_ber_decoder(&decoder, &number, part, length) == -EBADMSG);
		kfree(part);
	}
	CHECK(asn1_ber_decoder(&decoder, &number, other, 5) == -EBADMSG);
	CHECK(asn1_ber_decoder(&decoder, &number, longer, 5) == -EBADMSG);
	CHECK(asn1_ber_decoder(&decoder, &number, good, 65536) == -EMSGSIZE);
	kfree(good);
	kfree(other);
	kfree(longer);
	return 0;
}
CHECKS(check_asn1);
