/* SPDX-License-Identifier: MIT */
/* What the modules here have in common: a function of checks, which is the module's init function. */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#if __has_include(<linux/unaligned.h>)
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

/* Ends the function with an error, and says what is not so. */
#define CHECK(condition)                                                \
	do {                                                            \
		if (!(condition)) {                                     \
			pr_err("line %d: %s: not so\n", __LINE__, #condition); \
			return -EINVAL;                                 \
		}                                                       \
	} while (0)

/* Bytes in memory that ends where they do: a read beyond them is found. */
#define BYTES(...) \
	kmemdup((u8[]){ __VA_ARGS__ }, sizeof((u8[]){ __VA_ARGS__ }), GFP_KERNEL)

/* What a parser makes of bytes; less than 0 if it refuses them. */
typedef long (*parser_t)(u8 *bytes, size_t size);

/* Gives a parser a copy of some bytes, in memory that ends where they do. */
static __maybe_unused long parse(parser_t parser, const void *bytes, size_t size)
{
	u8 *copy = kmemdup(bytes, size, GFP_KERNEL);
	long result = parser(copy, size);

	kfree(copy);
	return result;
}

/* Of the beginnings of some bytes, from none of them to all but the last: how many a parser refuses. */
static __maybe_unused size_t refused_parts(parser_t parser, const void *bytes, size_t size)
{
	size_t refused = 0;

	for (size_t length = 0; length < size; length++)
		refused += parse(parser, bytes, length) < 0;
	return refused;
}

/*
 * Gives a parser some bytes with each of them changed in turn: to 0, to 255, and by its lowest and its highest bit. It may take or refuse
 * them, as long as it touches nothing else.
 */
static __maybe_unused void parse_changed(parser_t parser, const u8 *bytes, size_t size)
{
	for (size_t at = 0; at < size; at++) {
		const u8 changed[] = { 0, 255, bytes[at] ^ 1, bytes[at] ^ 128 };

		for (size_t way = 0; way < ARRAY_SIZE(changed); way++) {
			u8 *copy = kmemdup(bytes, size, GFP_KERNEL);

			copy[at] = changed[way];
			parser(copy, size);
			kfree(copy);
		}
	}
}

#define CHECKS(function)      \
	module_init(function); \
	MODULE_LICENSE("Dual MIT/GPL")
