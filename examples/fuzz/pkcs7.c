// SPDX-License-Identifier: MIT
/* Messages of PKCS#7: crypto/asymmetric_keys/pkcs7_parser.c, and the decoder of ASN.1 below it. */
#include <crypto/pkcs7.h>
#include <linux/err.h>
#include <linux/kfuzztest.h>

FUZZ_TEST_SIMPLE(pkcs7)
{
	struct pkcs7_message *message = pkcs7_parse_message(data, datalen);

	if (!IS_ERR_OR_NULL(message))
		pkcs7_free_message(message);
	return 0;
}
