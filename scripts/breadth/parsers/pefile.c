// SPDX-License-Identifier: MIT
// A signed program for EFI: its headers, whole but with a signature that nobody knows, cut short, and with each byte changed.
#include <linux/asn1.h>
#include <linux/pe.h>
#include <linux/verification.h>
#include "certificate.h"
#include "check.h"

/* crypto/asymmetric_keys/verify_pefile.h */
int verify_pefile_signature(const void *pebuf, unsigned pelen, struct key *trusted_keys, enum key_being_used_for usage);

static long verify(u8 *bytes, size_t size)
{
	return verify_pefile_signature(bytes, size, NULL, VERIFYING_KEXEC_PE_SIGNATURE);
}

static int __init check_pe(void)
{
	enum { PE = sizeof(struct mz_hdr), OPTIONS = PE + sizeof(struct pe_hdr), DIRECTORIES = OPTIONS + sizeof(struct pe32plus_opt_hdr),
	       HEADERS = DIRECTORIES + sizeof(struct data_dirent) * 5, SIGNATURE = HEADERS + 8,
	       SIZE = SIGNATURE + sizeof(struct win_certificate) + sizeof(signed_message) };
	u8 *image = kzalloc(SIZE, GFP_KERNEL);
	struct mz_hdr *mz = (void *)image;
	struct pe_hdr *pe = (void *)(image + PE);
	struct pe32plus_opt_hdr *options = (void *)(image + OPTIONS);
	struct data_dirent *certificates = (void *)(image + DIRECTORIES + 4 * sizeof(struct data_dirent));
	struct win_certificate *wrapper = (void *)(image + SIGNATURE);

	mz->magic = MZ_MAGIC;
	mz->peaddr = PE;
	pe->magic = PE_MAGIC;
	options->magic = PE_OPT_MAGIC_PE32PLUS;
	options->header_size = HEADERS + 1;
	options->data_dirs = 5;
	CHECK(parse(verify, image, SIZE) == -ENODATA);
	certificates->virtual_address = SIGNATURE;
	certificates->size = SIZE - SIGNATURE;
	CHECK(parse(verify, image, SIZE) == -ENOTSUPP || parse(verify, image, SIZE) == -ELIBBAD);
	wrapper->length = SIZE - SIGNATURE;
	wrapper->revision = WIN_CERT_REVISION_2_0;
	wrapper->cert_type = WIN_CERT_TYPE_PKCS_SIGNED_DATA;
	memcpy(wrapper + 1, signed_message, sizeof(signed_message));
	/* It is a signature, but not of a program. */
	CHECK(parse(verify, image, SIZE) < 0 && parse(verify, image, SIZE) != -ELIBBAD);
	CHECK(refused_parts(verify, image, SIZE) == SIZE);
	parse_changed(verify, image, SIZE);
	kfree(image);
	return 0;
}
CHECKS(check_pe);
