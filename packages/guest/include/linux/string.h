/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_STRING_H_
#define _LINUX_STRING_H_

#include <linux/array_size.h>
#include <linux/build_bug.h>
#include <linux/cleanup.h>
#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/stdarg.h>
#include <linux/stddef.h>
#include <linux/types.h>

void *memcpy(void *dest, const void *src, size_t count);
void *memmove(void *dest, const void *src, size_t count);
void *memset(void *s, int c, size_t count);
/* Unchecked variants. */
void *__memcpy(void *dest, const void *src, size_t count);
void *__memmove(void *dest, const void *src, size_t count);
void *__memset(void *s, int c, size_t count);

int memcmp(const void *cs, const void *ct, size_t count);
int bcmp(const void *a, const void *b, size_t len);
void *memchr(const void *s, int c, size_t n);
void *memchr_inv(const void *s, int c, size_t n);
void *memscan(void *addr, int c, size_t size);

size_t strlen(const char *s);
size_t strnlen(const char *s, size_t count);
char *strcpy(char *dest, const char *src);
char *strncpy(char *dest, const char *src, size_t count);
char *stpcpy(char *dest, const char *src);
char *strcat(char *dest, const char *src);
char *strncat(char *dest, const char *src, size_t count);
size_t strlcat(char *dest, const char *src, size_t count);
int strcmp(const char *cs, const char *ct);
int strncmp(const char *cs, const char *ct, size_t count);
int strcasecmp(const char *s1, const char *s2);
int strncasecmp(const char *s1, const char *s2, size_t n);
char *strchr(const char *s, int c);
char *strchrnul(const char *s, int c);
char *strnchr(const char *s, size_t count, int c);
char *strnchrnul(const char *s, size_t count, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *s1, const char *s2);
char *strnstr(const char *s1, const char *s2, size_t len);
size_t strspn(const char *s, const char *accept);
size_t strcspn(const char *s, const char *reject);
char *strpbrk(const char *cs, const char *ct);
char *strsep(char **s, const char *ct);
char *__must_check skip_spaces(const char *str);
char *strim(char *s);
char *strreplace(char *str, char old, char with);
bool sysfs_streq(const char *s1, const char *s2);
int match_string(const char *const *array, size_t n, const char *string);

static inline __must_check char *strstrip(char *str)
{
	return strim(str);
}

/* strscpy(to, from[, size]): returns the length, or -E2BIG if truncated; always NUL-terminated unless the size is 0. */
ssize_t sized_strscpy(char *dest, const char *src, size_t count);
ssize_t kasan_guest_strscpy_pad(char *dest, const char *src, size_t count);
#define __strscpy_2(dst, src) sized_strscpy(dst, src, sizeof(dst) + __must_be_array(dst))
#define __strscpy_3(dst, src, size) sized_strscpy(dst, src, size)
#define __strscpy_pad_2(dst, src) kasan_guest_strscpy_pad(dst, src, sizeof(dst) + __must_be_array(dst))
#define __strscpy_pad_3(dst, src, size) kasan_guest_strscpy_pad(dst, src, size)
#define __string_pick(a, b, c, name, ...) name
#define strscpy(...) __string_pick(__VA_ARGS__, __strscpy_3, __strscpy_2)(__VA_ARGS__)
#define strscpy_pad(...) __string_pick(__VA_ARGS__, __strscpy_pad_3, __strscpy_pad_2)(__VA_ARGS__)

char *kstrdup(const char *s, gfp_t gfp);
const char *kstrdup_const(const char *s, gfp_t gfp);
void kfree_const(const void *x);
char *kstrndup(const char *s, size_t len, gfp_t gfp);
void *kmemdup_noprof(const void *src, size_t len, gfp_t gfp);
#define kmemdup(src, len, gfp) kmemdup_noprof(src, len, gfp)
void *kmemdup_array(const void *src, size_t count, size_t element_size, gfp_t gfp);
void *kvmemdup(const void *src, size_t len, gfp_t gfp);
char *kmemdup_nul(const char *s, size_t len, gfp_t gfp);
void *memdup_user(const void __user *src, size_t len);
void *vmemdup_user(const void __user *src, size_t len);
void *memdup_user_nul(const void __user *src, size_t len);

/* Concatenates two NULL-terminated arrays of pointers. */
void **__memcat_p(void **a, void **b);
#define memcat_p(a, b) \
	({ \
		_Static_assert(__same_type(*(a), *(b)), "type mismatch in memcat_p()"); \
		(typeof(*(a)) *)__memcat_p((void **)(a), (void **)(b)); \
	})

/*
 * Between strings and arrays that need not be NUL-terminated. The sizes are those of the arrays, known to the compiler.
 */
#define strtomem(dest, src) \
	do { \
		const size_t __to_size = __builtin_object_size(dest, 1); \
		const size_t __from_size = __builtin_object_size(src, 1); \
		BUILD_BUG_ON(__to_size == SIZE_MAX); \
		memcpy(dest, src, strnlen(src, min(__from_size, __to_size))); \
	} while (0)
#define strtomem_pad(dest, src, pad) \
	do { \
		const size_t __to_size = __builtin_object_size(dest, 1); \
		const size_t __from_size = __builtin_object_size(src, 1); \
		BUILD_BUG_ON(__to_size == SIZE_MAX); \
		memcpy_and_pad(dest, __to_size, src, strnlen(src, min(__from_size, __to_size)), pad); \
	} while (0)
#define memtostr(dest, src) \
	do { \
		const size_t __to_size = __builtin_object_size(dest, 1); \
		const size_t __from_size = __builtin_object_size(src, 1); \
		const size_t __copied = min(__to_size - 1, strnlen(src, __from_size)); \
		BUILD_BUG_ON(__to_size == 0 || __to_size == SIZE_MAX || __from_size == 0 || __from_size == SIZE_MAX); \
		memcpy(dest, src, __copied); \
		(dest)[__copied] = '\0'; \
	} while (0)
#define memtostr_pad(dest, src) \
	do { \
		const size_t __to_size = __builtin_object_size(dest, 1); \
		const size_t __from_size = __builtin_object_size(src, 1); \
		const size_t __copied = min(__to_size - 1, strnlen(src, __from_size)); \
		BUILD_BUG_ON(__to_size == 0 || __to_size == SIZE_MAX || __from_size == 0 || __from_size == SIZE_MAX); \
		memcpy(dest, src, __copied); \
		memset(&(dest)[__copied], 0, __to_size - __copied); \
	} while (0)

#define unsafe_memcpy(dst, src, bytes, justification) memcpy(dst, src, bytes)

/* Not removed as a dead store. */
static inline void memzero_explicit(void *s, size_t count)
{
	memset(s, 0, count);
	barrier_data(s);
}

static inline void *memset_after_(void *obj, int v, size_t offset, size_t size)
{
	return memset((u8 *)obj + offset, v, size - offset);
}
#define memset_after(obj, v, member) \
	memset_after_((obj), (v), offsetofend(typeof(*(obj)), member), sizeof(*(obj)))
#define memset_startat(obj, v, member) \
	memset_after_((obj), (v), offsetof(typeof(*(obj)), member), sizeof(*(obj)))

void memcpy_and_pad(void *dest, size_t dest_len, const void *src, size_t count, int pad);
ssize_t memory_read_from_buffer(void *to, size_t count, loff_t *ppos, const void *from, size_t available);

static __always_inline void *memset16(u16 *s, u16 v, size_t count)
{
	for (size_t i = 0; i < count; i++)
		s[i] = v;
	return s;
}

static __always_inline void *memset32(u32 *s, u32 v, size_t count)
{
	for (size_t i = 0; i < count; i++)
		s[i] = v;
	return s;
}

static __always_inline void *memset64(u64 *s, u64 v, size_t count)
{
	for (size_t i = 0; i < count; i++)
		s[i] = v;
	return s;
}

static inline bool mem_is_zero(const void *s, size_t n)
{
	return !memchr_inv(s, 0, n);
}

static inline const char *kbasename(const char *path)
{
	const char *tail = strrchr(path, '/');

	return tail ? tail + 1 : path;
}

static __always_inline bool strstarts(const char *str, const char *prefix)
{
	return strncmp(str, prefix, strlen(prefix)) == 0;
}

static __always_inline size_t str_has_prefix(const char *str, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(str, prefix, len) == 0 ? len : 0;
}

#endif
