/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_UUID_H_
#define _LINUX_UUID_H_

#include <linux/string.h>
#include <linux/types.h>

#define UUID_SIZE 16
#define UUID_STRING_LEN 36

/* The first three fields are little-endian in a guid and big-endian in a uuid. */
typedef struct {
	__u8 b[UUID_SIZE];
} guid_t;

typedef struct {
	__u8 b[UUID_SIZE];
} uuid_t;

#define __uuid_byte(x, nr) (((x) >> (8 * (nr))) & 0xff)
#define GUID_INIT(a, b, c, d...) \
	((guid_t){ { __uuid_byte(a, 0), __uuid_byte(a, 1), __uuid_byte(a, 2), __uuid_byte(a, 3), __uuid_byte(b, 0), \
		     __uuid_byte(b, 1), __uuid_byte(c, 0), __uuid_byte(c, 1), d } })
#define UUID_INIT(a, b, c, d...) \
	((uuid_t){ { __uuid_byte(a, 3), __uuid_byte(a, 2), __uuid_byte(a, 1), __uuid_byte(a, 0), __uuid_byte(b, 1), \
		     __uuid_byte(b, 0), __uuid_byte(c, 1), __uuid_byte(c, 0), d } })

extern const guid_t guid_null;
extern const uuid_t uuid_null;
extern const u8 guid_index[16];
extern const u8 uuid_index[16];

static inline bool guid_equal(const guid_t *u1, const guid_t *u2)
{
	return memcmp(u1, u2, UUID_SIZE) == 0;
}

static inline void guid_copy(guid_t *dst, const guid_t *src)
{
	memcpy(dst, src, UUID_SIZE);
}

static inline void import_guid(guid_t *dst, const __u8 *src)
{
	memcpy(dst, src, UUID_SIZE);
}

static inline void export_guid(__u8 *dst, const guid_t *src)
{
	memcpy(dst, src, UUID_SIZE);
}

static inline bool guid_is_null(const guid_t *guid)
{
	return guid_equal(guid, &guid_null);
}

static inline bool uuid_equal(const uuid_t *u1, const uuid_t *u2)
{
	return memcmp(u1, u2, UUID_SIZE) == 0;
}

static inline void uuid_copy(uuid_t *dst, const uuid_t *src)
{
	memcpy(dst, src, UUID_SIZE);
}

static inline void import_uuid(uuid_t *dst, const __u8 *src)
{
	memcpy(dst, src, UUID_SIZE);
}

static inline void export_uuid(__u8 *dst, const uuid_t *src)
{
	memcpy(dst, src, UUID_SIZE);
}

static inline bool uuid_is_null(const uuid_t *uuid)
{
	return uuid_equal(uuid, &uuid_null);
}

void generate_random_uuid(unsigned char uuid[UUID_SIZE]);
void generate_random_guid(unsigned char guid[UUID_SIZE]);
void guid_gen(guid_t *u);
void uuid_gen(uuid_t *u);
bool __must_check uuid_is_valid(const char *uuid);
int guid_parse(const char *uuid, guid_t *u);
int uuid_parse(const char *uuid, uuid_t *u);

#endif
