// SPDX-License-Identifier: MIT
// A signed message: whole, cut short, and with each byte changed.
#include <linux/err.h>
#include <crypto/pkcs7.h>
#include "certificate.h"
#include "check.h"

static long parse_message(u8 *bytes, size_t size)
{
	struct pkcs7_message *message = pkcs7_parse_message(bytes, size);

	if (IS_ERR(message))
		return PTR_ERR(message);
	pkcs7_free_message(message);
	return 0;
}

static int __init check_pkcs7(void)
{
	struct pkcs7_message *message = pkcs7_parse_message(signed_message, sizeof(signed_message));
	const void *content;
	size_t length, header;

	CHECK(!IS_ERR(message));
	CHECK(pkcs7_get_content_data(message, &content, &length, &header) == 0);
	CHECK(length == 5 && header == 2 && memcmp(content, "hello", 5) == 0);
	pkcs7_free_message(message);
	CHECK(refused_parts(parse_message, signed_message, sizeof(signed_message)) == sizeof(signed_message));
	parse_changed(parse_message, signed_message, sizeof(signed_message));
	return 0;
}
CHECKS(check_pkcs7);
