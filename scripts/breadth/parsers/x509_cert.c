// SPDX-License-Identifier: MIT
// A certificate: whole, cut short, and with each byte changed.
#include <linux/err.h>
#include "../crypto/asymmetric_keys/x509_parser.h"
#include "certificate.h"
#include "check.h"

static long parse_certificate(u8 *bytes, size_t size)
{
	struct x509_certificate *cert = x509_cert_parse(bytes, size);

	if (IS_ERR(cert))
		return PTR_ERR(cert);
	x509_free_certificate(cert);
	return 0;
}

static int __init check_x509(void)
{
	struct x509_certificate *cert = x509_cert_parse(certificate, sizeof(certificate));

	CHECK(!IS_ERR(cert));
	CHECK(strcmp(cert->subject, "kasan: test") == 0 && strcmp(cert->issuer, "kasan: test") == 0);
	/* A point of P-256, uncompressed. */
	CHECK(cert->pub->keylen == 65 && *(u8 *)cert->pub->key == 4);
	CHECK(cert->valid_to - cert->valid_from == 36500LL * 24 * 60 * 60);
	CHECK(cert->raw_serial_size == 20 && cert->raw_skid_size == 20);
	x509_free_certificate(cert);
	CHECK(refused_parts(parse_certificate, certificate, sizeof(certificate)) == sizeof(certificate));
	parse_changed(parse_certificate, certificate, sizeof(certificate));
	return 0;
}
CHECKS(check_x509);
