// SPDX-License-Identifier: MIT
// Answers of a TPM: their sums, cut short, and with each byte changed. A TPM is asked first, so what checks answers is reached from inside.
#include "../security/keys/trusted-keys/trusted_tpm1.c"
#include "check.h"

static const u8 key[SHA1_DIGEST_SIZE] = "key", ononce[TPM_NONCE_SIZE] = "nonce";

/* A parameter of 4 bytes, behind the answer's header of 10; 41 bytes of authorization follow. Its length is looked at by a TPM's driver. */
static long check_answer(u8 *bytes, size_t size)
{
	if (size < TPM_DATA_OFFSET + 4 + 41 || get_unaligned_be32(bytes + 2) != size)
		return -ERANGE;
	return TSS_checkhmac1(bytes, htonl(TPM_ORD_SEAL), ononce, key, sizeof(key), 4, TPM_DATA_OFFSET, 0, 0);
}

static int __init check_tpm(void)
{
	enum { SIZE = TPM_DATA_OFFSET + 4 + 41 };
	u8 *answer = kzalloc(SIZE, GFP_KERNEL), *nonce = answer + TPM_DATA_OFFSET + 4, *sum = nonce + TPM_NONCE_SIZE + 1;
	u8 digest[SHA1_DIGEST_SIZE], hashed[12] = {};

	chip = kzalloc(sizeof(*chip), GFP_KERNEL);
	CHECK(trusted_shash_alloc() == 0);
	put_unaligned_be16(TPM_TAG_RSP_AUTH1_COMMAND, answer);
	put_unaligned_be32(SIZE, answer + 2);
	memcpy(answer + TPM_DATA_OFFSET, "data", 4);
	/* The sum of result, command and parameter, with both nonces, by the key. */
	put_unaligned_be32(TPM_ORD_SEAL, hashed + 4);
	memcpy(hashed + 8, "data", 4);
	CHECK(TSS_sha1(hashed, 12, digest) == 0);
	CHECK(TSS_rawhmac(sum, key, sizeof(key), SHA1_DIGEST_SIZE, digest, TPM_NONCE_SIZE, nonce, TPM_NONCE_SIZE, ononce, 1, nonce + TPM_NONCE_SIZE, 0, 0) == 0);
	CHECK(parse(check_answer, answer, SIZE) == 0);
	for (int at = TPM_DATA_OFFSET; at < SIZE; at++) {
		answer[at] ^= 1;
		CHECK(parse(check_answer, answer, SIZE) == -EINVAL);
		answer[at] ^= 1;
	}
	parse_changed(check_answer, answer, SIZE);
	trusted_shash_release();
	kfree(answer);
	kfree(chip);
	return 0;
}
CHECKS(check_tpm);
