// SPDX-License-Identifier: MIT
/* Certificates of X.509: crypto/asymmetric_keys/x509_cert_parser.c, and the decoder of ASN.1 below it. */
#include <crypto/public_key.h>
#include <linux/err.h>
#include <linux/kfuzztest.h>
#include "x509_parser.h"

FUZZ_TEST_SIMPLE(x509)
{
	struct x509_certificate *certificate = x509_cert_parse(data, datalen);

	if (!IS_ERR(certificate))
		x509_free_certificate(certificate);
	return 0;
}
