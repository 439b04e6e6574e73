/* SPDX-License-Identifier: MIT */
/*
 * String functions, instrumented, with the accesses of lib/string.c: bad accesses in
 * them are detected as in a kernel. memcpy, memmove and memset are the machine's.
 */
#include <asm/word-at-a-time.h>
#include <linux/bug.h>
#include <linux/ctype.h>
#include <linux/kasan.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>

/* Otherwise the compiler turns a loop into a call of the function that contains it. */
#define LOOP __attribute__((__no_builtin__))

LOOP size_t strlen(const char *s)
{
	const char *end = s;

	while (*end)
		end++;
	return end - s;
}

size_t strnlen(const char *s, size_t count)
{
	size_t len = 0;

	while (len < count && s[len])
		len++;
	return len;
}

char *stpcpy(char *dest, const char *src)
{
	while ((*dest = *src++))
		dest++;
	return dest;
}

char *strcpy(char *dest, const char *src)
{
	char *to = dest;

	while ((*to++ = *src++))
		;
	return dest;
}

char *strncpy(char *dest, const char *src, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		dest[i] = *src;
		if (*src)
			src++;
	}
	return dest;
}

/* Reads a word that may reach beyond its string. KASAN does not check it, as it does not check a kernel's load_unaligned_zeropad(). */
static unsigned long read_word(const char *s)
{
	return load_unaligned_zeropad(kasan_reset_tag(s));
}

/* The smallest page of any architecture. */
#define SMALLEST_PAGE 4096UL

/* A word that would reach into the next page is left to the loop over bytes: that page may not be mapped. */
static bool word_in_page(const char *s)
{
	return (unsigned long)s % SMALLEST_PAGE <= SMALLEST_PAGE - sizeof(unsigned long);
}

/* Stores words, as lib/string.c does: bad stores are reported with a size of 8. */
ssize_t sized_strscpy(char *dest, const char *src, size_t count)
{
	const struct word_at_a_time constants = WORD_AT_A_TIME_CONSTANTS;
	size_t res = 0;

	if (count == 0 || WARN_ON_ONCE(count > INT_MAX))
		return -E2BIG;
	for (; count - res >= sizeof(unsigned long) && word_in_page(src + res); res += sizeof(unsigned long)) {
		unsigned long word = read_word(src + res);
		unsigned long zeros;

		if (has_zero(word, &zeros, &constants)) {
			zeros = create_zero_mask(prep_zero_mask(word, zeros, &constants));
			*(unsigned long *)(dest + res) = word & zero_bytemask(zeros);
			return res + find_zero(zeros);
		}
		*(unsigned long *)(dest + res) = word;
	}
	for (; res < count; res++) {
		dest[res] = src[res];
		if (!src[res])
			return res;
	}
	dest[count - 1] = '\0';
	return -E2BIG;
}

ssize_t kasan_guest_strscpy_pad(char *dest, const char *src, size_t count)
{
	ssize_t len = sized_strscpy(dest, src, count);

	if (len >= 0)
		memset(dest + len, 0, count - len);
	return len;
}

LOOP char *strcat(char *dest, const char *src)
{
	char *end = dest;

	while (*end)
		end++;
	while ((*end++ = *src++))
		;
	return dest;
}

LOOP char *strncat(char *dest, const char *src, size_t count)
{
	char *end = dest;

	while (*end)
		end++;
	while (count-- && *src)
		*end++ = *src++;
	*end = '\0';
	return dest;
}

size_t strlcat(char *dest, const char *src, size_t count)
{
	size_t have = strlen(dest);
	size_t add = strlen(src);
	size_t room;

	BUG_ON(have >= count);
	room = count - have - 1;
	memcpy(dest + have, src, min(add, room));
	dest[have + min(add, room)] = '\0';
	return have + add;
}

int strcmp(const char *cs, const char *ct)
{
	for (;; cs++, ct++) {
		unsigned char a = *cs, b = *ct;

		if (a != b)
			return a < b ? -1 : 1;
		if (!a)
			return 0;
	}
}

int strncmp(const char *cs, const char *ct, size_t count)
{
	for (; count; cs++, ct++, count--) {
		unsigned char a = *cs, b = *ct;

		if (a != b)
			return a < b ? -1 : 1;
		if (!a)
			break;
	}
	return 0;
}

int strcasecmp(const char *s1, const char *s2)
{
	for (;; s1++, s2++) {
		int a = tolower(*s1), b = tolower(*s2);

		if (a != b || !a)
			return a - b;
	}
}

int strncasecmp(const char *s1, const char *s2, size_t n)
{
	for (; n; s1++, s2++, n--) {
		int a = tolower(*s1), b = tolower(*s2);

		if (a != b || !a)
			return a - b;
	}
	return 0;
}

char *strchrnul(const char *s, int c)
{
	while (*s && *s != (char)c)
		s++;
	return (char *)s;
}

char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++)
		if (!*s)
			return NULL;
	return (char *)s;
}

char *strnchrnul(const char *s, size_t count, int c)
{
	while (count-- && *s && *s != (char)c)
		s++;
	return (char *)s;
}

char *strnchr(const char *s, size_t count, int c)
{
	for (; count--; s++) {
		if (*s == (char)c)
			return (char *)s;
		if (!*s)
			break;
	}
	return NULL;
}

char *strrchr(const char *s, int c)
{
	const char *last = NULL;

	do {
		if (*s == (char)c)
			last = s;
	} while (*s++);
	return (char *)last;
}

char *strnstr(const char *s1, const char *s2, size_t len)
{
	size_t wanted = strlen(s2);

	for (; len >= wanted; s1++, len--)
		if (!memcmp(s1, s2, wanted))
			return (char *)s1;
	return NULL;
}

char *strstr(const char *s1, const char *s2)
{
	return strnstr(s1, s2, strlen(s1));
}

size_t strcspn(const char *s, const char *reject)
{
	size_t len = 0;

	while (s[len] && !strchr(reject, s[len]))
		len++;
	return len;
}

size_t strspn(const char *s, const char *accept)
{
	size_t len = 0;

	while (s[len] && strchr(accept, s[len]))
		len++;
	return len;
}

char *strpbrk(const char *cs, const char *ct)
{
	const char *found = cs + strcspn(cs, ct);

	return *found ? (char *)found : NULL;
}

char *strsep(char **s, const char *ct)
{
	char *token = *s;
	char *end;

	if (!token)
		return NULL;
	end = strpbrk(token, ct);
	if (end)
		*end++ = '\0';
	*s = end;
	return token;
}

char *skip_spaces(const char *str)
{
	while (isspace(*str))
		str++;
	return (char *)str;
}

char *strim(char *s)
{
	size_t len = strlen(s);

	while (len && isspace(s[len - 1]))
		len--;
	s[len] = '\0';
	return skip_spaces(s);
}

char *strreplace(char *str, char old, char with)
{
	char *s = str;

	for (; *s; s++)
		if (*s == old)
			*s = with;
	return str;
}

bool sysfs_streq(const char *s1, const char *s2)
{
	while (*s1 && *s1 == *s2) {
		s1++;
		s2++;
	}
	/* A newline at the end is ignored. */
	if (*s1 == '\n' && !*s2)
		return !s1[1];
	if (*s2 == '\n' && !*s1)
		return !s2[1];
	return *s1 == *s2;
}

int match_string(const char *const *array, size_t n, const char *string)
{
	for (size_t i = 0; i < n && array[i]; i++)
		if (!strcmp(array[i], string))
			return i;
	return -EINVAL;
}

int memcmp(const void *cs, const void *ct, size_t count)
{
	const unsigned char *a = cs, *b = ct;

	/* Compares words while they are equal, aligned or not, as kernels with CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS do. */
	for (; count >= sizeof(u64) && *(const u64 *)a == *(const u64 *)b; count -= sizeof(u64)) {
		a += sizeof(u64);
		b += sizeof(u64);
	}
	for (; count; a++, b++, count--)
		if (*a != *b)
			return *a - *b;
	return 0;
}

int bcmp(const void *a, const void *b, size_t len)
{
	return memcmp(a, b, len);
}

void *memchr(const void *s, int c, size_t n)
{
	for (const unsigned char *p = s; n; p++, n--)
		if (*p == (unsigned char)c)
			return (void *)p;
	return NULL;
}

void *memchr_inv(const void *s, int c, size_t n)
{
	for (const unsigned char *p = s; n; p++, n--)
		if (*p != (unsigned char)c)
			return (void *)p;
	return NULL;
}

void *memscan(void *addr, int c, size_t size)
{
	unsigned char *p = addr;

	while (size && *p != (unsigned char)c) {
		p++;
		size--;
	}
	return p;
}

void memcpy_and_pad(void *dest, size_t dest_len, const void *src, size_t count, int pad)
{
	if (dest_len > count) {
		memcpy(dest, src, count);
		memset(dest + count, pad, dest_len - count);
	} else {
		memcpy(dest, src, dest_len);
	}
}

/* Compilers turn loops over 32-bit words into calls of this. */
LOOP size_t wcslen(const int *s)
{
	size_t len = 0;

	while (s[len])
		len++;
	return len;
}
