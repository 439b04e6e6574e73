/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_CTYPE_H
#define _LINUX_CTYPE_H

#include <linux/compiler.h>
#include <linux/types.h>

/* ASCII and, for letters, Latin-1, as in the kernel's table. */
static inline int islower(int c)
{
	c &= 0xff;
	return (c >= 'a' && c <= 'z') || (c >= 0xdf && c != 0xf7);
}

static inline int isupper(int c)
{
	c &= 0xff;
	return (c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7);
}

static inline int isdigit(int c)
{
	return '0' <= c && c <= '9';
}

static inline int isalpha(int c)
{
	return islower(c) || isupper(c);
}

static inline int isalnum(int c)
{
	return isalpha(c) || isdigit(c);
}

static inline int isxdigit(int c)
{
	return isdigit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

static inline int isspace(int c)
{
	c &= 0xff;
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xa0;
}

static inline int iscntrl(int c)
{
	c &= 0xff;
	return c < 0x20 || c == 0x7f;
}

static inline int isprint(int c)
{
	c &= 0xff;
	return (c >= 0x20 && c < 0x7f) || c >= 0xa0;
}

static inline int isgraph(int c)
{
	return isprint(c) && !isspace(c);
}

static inline int ispunct(int c)
{
	return isgraph(c) && !isalnum(c);
}

#define isascii(c) (((unsigned char)(c)) <= 0x7f)
#define toascii(c) (((unsigned char)(c)) & 0x7f)

static inline unsigned char __tolower(unsigned char c)
{
	return isupper(c) ? c + ('a' - 'A') : c;
}

static inline unsigned char __toupper(unsigned char c)
{
	return islower(c) && c != 0xdf && c != 0xff ? c - ('a' - 'A') : c;
}

#define tolower(c) __tolower(c)
#define toupper(c) __toupper(c)

static inline char _tolower(const char c)
{
	return c | 0x20;
}

static inline int isodigit(const char c)
{
	return c >= '0' && c <= '7';
}

#endif
