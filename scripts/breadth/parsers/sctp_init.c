// SPDX-License-Identifier: MIT
// What another side says when a connection of SCTP begins: good, cut short, with each byte changed, and with parameters that nobody knows.
#include <net/sctp/sctp.h>
#include <net/sctp/sm.h>
#include "check.h"

static struct net *net;
static struct sctp_endpoint *endpoint;

/* 1: go on. Who calls has seen that the chunk is whole. */
static long verify(u8 *bytes, size_t size)
{
	struct sctp_init_chunk *init = (void *)bytes;
	struct sctp_chunk *chunk = kzalloc(sizeof(*chunk), GFP_KERNEL), *error = NULL;

	if (size < sizeof(*init) || SCTP_PAD4(ntohs(init->chunk_hdr.length)) != size) {
		kfree(chunk);
		return -ERANGE;
	}
	chunk->chunk_hdr = &init->chunk_hdr;
	chunk->param_hdr.v = bytes + sizeof(*init);
	int good = sctp_verify_init(net, endpoint, NULL, init->chunk_hdr.type, init, chunk, &error);

	if (error)
		sctp_chunk_free(error);
	kfree(chunk);
	return good ? error != NULL : -EINVAL;
}

static int __init check_init(void)
{
	static const u8 init[] = {
		/* INIT of 40 bytes: its tag, window, streams out and in, sequence number */
		SCTP_CID_INIT, 0, 0, 40, 0, 0, 0, 1, 0, 1, 0, 0, 0, 10, 0, 10, 0, 0, 0, 1,
		/* An address, supported kinds of addresses, ECN */
		0, 5, 0, 8, 10, 0, 0, 1, 0, 12, 0, 6, 0, 5, 0, 0, 0x80, 0, 0, 4,
	};
	u8 *other = kmemdup(init, sizeof(init), GFP_KERNEL);

	net = kzalloc(sizeof(*net), GFP_KERNEL);
	endpoint = kzalloc(sizeof(*endpoint), GFP_KERNEL);
	CHECK(parse(verify, init, sizeof(init)) == 0);
	/* No streams; a window that is too small */
	other[13] = 0;
	CHECK(parse(verify, other, sizeof(init)) == -EINVAL);
	memcpy(other, init, sizeof(init));
	other[9] = 0;
	CHECK(parse(verify, other, sizeof(init)) == -EINVAL);
	/* Parameters that are to be left out, and to be told of; one that is too short. */
	memcpy(other, init, sizeof(init));
	other[36] = 0xbf;
	CHECK(parse(verify, other, sizeof(init)) == 0);
	other[36] = 0xff;
	CHECK(parse(verify, other, sizeof(init)) == 1);
	other[39] = 3;
	CHECK(parse(verify, other, sizeof(init)) == -EINVAL);
	/* An answer must have a cookie. */
	memcpy(other, init, sizeof(init));
	other[0] = SCTP_CID_INIT_ACK;
	CHECK(parse(verify, other, sizeof(init)) == -EINVAL);
	refused_parts(verify, init, sizeof(init));
	parse_changed(verify, init, sizeof(init));
	kfree(other);
	return 0;
}
CHECKS(check_init);
