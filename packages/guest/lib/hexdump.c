/* SPDX-License-Identifier: MIT */
/* Bytes as text. */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/unaligned.h>

const char hex_asc[] = "0123456789abcdef";
const char hex_asc_upper[] = "0123456789ABCDEF";

int hex_to_bin(unsigned char ch)
{
	if (isdigit(ch))
		return ch - '0';
	ch |= 0x20;
	return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

int hex2bin(u8 *dst, const char *src, size_t count)
{
	while (count--) {
		int hi = hex_to_bin(*src++), lo;

		if (hi < 0)
			return -EINVAL;
		lo = hex_to_bin(*src++);
		if (lo < 0)
			return -EINVAL;
		*dst++ = hi << 4 | lo;
	}
	return 0;
}

char *bin2hex(char *dst, const void *src, size_t count)
{
	const u8 *from = src;

	while (count--)
		dst = hex_byte_pack(dst, *from++);
	return dst;
}

static u64 group(const u8 *at, int size)
{
	return size == 8 ? get_unaligned((u64 *)at) : size == 4 ? get_unaligned((u32 *)at) : get_unaligned((u16 *)at);
}

/* Formats one line of at most rowsize bytes, 16 or 32; returns its full length. */
int hex_dump_to_buffer(const void *buf, size_t len, int rowsize, int groupsize, char *linebuf, size_t linebuflen,
		       bool ascii)
{
	const u8 *bytes = buf;
	char line[32 * 3 + 2 + 32 + 1];
	int at = 0, column;

	if (rowsize != 32)
		rowsize = 16;
	len = min_t(size_t, len, rowsize);
	if (!is_power_of_2(groupsize) || groupsize > 8 || len % groupsize)
		groupsize = 1;
	for (size_t i = 0; i < len; i += groupsize) {
		if (i)
			line[at++] = ' ';
		if (groupsize == 1)
			at = hex_byte_pack(line + at, bytes[i]) - line;
		else
			at += sprintf(line + at, "%0*llx", 2 * groupsize, group(bytes + i, groupsize));
	}
	column = rowsize * 2 + rowsize / groupsize + 1;
	if (ascii && len) {
		while (at < column)
			line[at++] = ' ';
		for (size_t i = 0; i < len; i++)
			line[at++] = isascii(bytes[i]) && isprint(bytes[i]) ? bytes[i] : '.';
	}
	line[at] = '\0';
	snprintf(linebuf, linebuflen, "%s", line);
	return at;
}

void print_hex_dump(const char *level, const char *prefix_str, int prefix_type, int rowsize, int groupsize,
		    const void *buf, size_t len, bool ascii)
{
	char line[32 * 3 + 2 + 32 + 1];

	if (rowsize != 32)
		rowsize = 16;
	for (size_t i = 0; i < len; i += rowsize) {
		const void *row = buf + i;

		hex_dump_to_buffer(row, min_t(size_t, len - i, rowsize), rowsize, groupsize, line, sizeof(line), ascii);
		if (prefix_type == DUMP_PREFIX_ADDRESS)
			printk("%s%s%px: %s\n", level, prefix_str, row, line);
		else if (prefix_type == DUMP_PREFIX_OFFSET)
			printk("%s%s%.8x: %s\n", level, prefix_str, (unsigned int)i, line);
		else
			printk("%s%s%s\n", level, prefix_str, line);
	}
}
