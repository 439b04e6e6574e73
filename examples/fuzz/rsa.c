// SPDX-License-Identifier: MIT
/* RSA's keys, by a grammar of ASN.1 that a kernel's build compiles: crypto/rsa_helper.c, and the decoder below it. */
#include <crypto/internal/rsa.h>
#include <linux/kfuzztest.h>

FUZZ_TEST_SIMPLE(rsa)
{
	struct rsa_key key = {};

	rsa_parse_priv_key(&key, data, datalen);
	return rsa_parse_pub_key(&key, data, datalen);
}
