// SPDX-License-Identifier: MIT
/*
 * Fingerprints of keys with SHA-256, through the kernel's crypto API. A key comes as a blob with a header.
 *
 * Bug: a blob is freed by the address of the key in it, not by its own.
 */
#include <crypto/hash.h>
#include <crypto/sha2.h>
#include <linux/err.h>
#include <linux/hex.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#define KEY_MAGIC	0x4b45
#define KEY_MAX		4096

struct key_header {
	__be16 magic;
	__be16 length;
} __packed;

struct key {
	struct key_header *blob;
	const u8 *bytes;
	unsigned int length;
};

static struct crypto_shash *sha256_tfm;

static int key_parse(struct key *key, const void *data, size_t size)
{
	const struct key_header *header = data;

	if (size < sizeof(*header) || be16_to_cpu(header->magic) != KEY_MAGIC)
		return -EINVAL;
	key->length = be16_to_cpu(header->length);
	if (key->length > KEY_MAX || key->length > size - sizeof(*header))
		return -EMSGSIZE;
	key->blob = NULL;
	key->bytes = NULL;
	if (!key->length)
		return 0;
	key->blob = kmemdup(data, size, GFP_KERNEL);
	if (!key->blob)
		return -ENOMEM;
	key->bytes = (const u8 *)(key->blob + 1);
	return 0;
}

static noinline void key_free(struct key *key)
{
#ifdef SEEDED_BUG
	kfree(key->bytes);
#else
	kfree(key->blob);
#endif
	memset(key, 0, sizeof(*key));
}

/* Writes a fingerprint in hexadecimal digits. */
static int key_fingerprint(const struct key *key, char *text)
{
	u8 digest[SHA256_DIGEST_SIZE];
	struct shash_desc *desc;
	int error;

	if (!key->length) {
		*bin2hex(text, sha256_zero_message_hash, SHA256_DIGEST_SIZE) = '\0';
		return 0;
	}
	desc = kmalloc(sizeof(*desc) + crypto_shash_descsize(sha256_tfm), GFP_KERNEL);
	if (!desc)
		return -ENOMEM;
	desc->tfm = sha256_tfm;
	error = crypto_shash_init(desc);
	/* In pieces, as from a file. */
	for (unsigned int done = 0; !error && done < key->length; done += 16)
		error = crypto_shash_update(desc, key->bytes + done, min(16U, key->length - done));
	if (!error)
		error = crypto_shash_final(desc, digest);
	kfree_sensitive(desc);
	if (error)
		return error;
	*bin2hex(text, digest, sizeof(digest)) = '\0';
	return 0;
}

static int __init try_key(const void *blob, size_t size, const char *expected)
{
	char text[2 * SHA256_DIGEST_SIZE + 1];
	struct key key;
	int error = key_parse(&key, blob, size);

	if (error)
		return error;
	error = key_fingerprint(&key, text);
	key_free(&key);
	if (error)
		return error;
	pr_info("fingerprint: %s\n", text);
	return strcmp(text, expected) ? -EBADMSG : 0;
}

static int __init fingerprint_init(void)
{
	static const char abc[] = "\x4b\x45\x00\x03" "abc";
	static const char too_long[] = "\x4b\x45\x00\x09" "abc";
	static const char empty[] = "\x4b\x45\x00\x00";
	int error;

	sha256_tfm = crypto_alloc_shash("sha256", 0, 0);
	if (IS_ERR(sha256_tfm))
		return PTR_ERR(sha256_tfm);
	if (try_key(too_long, sizeof(too_long) - 1, "") != -EMSGSIZE)
		error = -EINVAL;
	else
		error = try_key(empty, sizeof(empty) - 1,
				"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	if (!error)
		error = try_key(abc, sizeof(abc) - 1,
				"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	if (error)
		crypto_free_shash(sha256_tfm);
	return error;
}

static void __exit fingerprint_exit(void)
{
	crypto_free_shash(sha256_tfm);
}

module_init(fingerprint_init);
module_exit(fingerprint_exit);
MODULE_DESCRIPTION("Fingerprints of keys");
MODULE_LICENSE("GPL");
