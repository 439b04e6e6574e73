// SPDX-License-Identifier: MIT
/* Messages of H.323, in ASN.1's packed encoding: net/netfilter/nf_conntrack_h323_asn1.c. */
#include <linux/kernel.h>
#include <linux/kfuzztest.h>
#include <linux/netfilter/nf_conntrack_h323_asn1.h>

FUZZ_TEST_SIMPLE(q931)
{
	static Q931 message;

	return DecodeQ931(data, datalen, &message);
}

FUZZ_TEST_SIMPLE(ras)
{
	static RasMessage message;

	return DecodeRasMessage(data, datalen, &message);
}

FUZZ_TEST_SIMPLE(h245)
{
	static MultimediaSystemControlMessage message;

	return DecodeMultimediaSystemControlMessage(data, datalen, &message);
}
