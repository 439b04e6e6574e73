/* SPDX-License-Identifier: MIT */
/* Values of ASN.1 in their distinguished encoding: tags, lengths, object identifiers, numbers, times. */
#include "target.h"

static int number(const u8 *data, size_t size, u32 *value)
{
	*value = 0;
	for (size_t i = 0; i < size; i++) {
		if (*value >> 25)
			return -1;
		*value = *value << 7 | (data[i] & 0x7f);
		if (!(data[i] & 0x80))
			return i + 1;
	}
	return -1;
}

static int identifier(const u8 *data, size_t size)
{
	u32 arcs[16];
	int count = 0;

	while (size > 0) {
		int used = number(data, size, &arcs[count & 15]);

		if (used < 0)
			return -1;
		data += used;
		size -= used;
		count++;
	}
	return count >= 2 && arcs[0] == 42 ? arcs[1] : count;
}

static int time_of(const u8 *data, size_t size)
{
	if (size != 13 || data[12] != 'Z')
		return -1;
	for (int i = 0; i < 12; i++)
		if (data[i] < '0' || data[i] > '9')
			return -1;
	return (data[2] - '0') * 10 + data[3] - '0' > 12 ? -1 : 1;
}

static int decode(const u8 *data, size_t size, int depth)
{
	int values = 0;

	while (size > 0) {
		u8 tag = data[0];
		size_t length, header = 2;

		if (size < 2 || (tag & 0x1f) == 0x1f)
			return -1;
		length = data[1];
		if (length > 0x80) {
			size_t bytes = length - 0x80;

			if (bytes > 3 || size < 2 + bytes)
				return -1;
			for (length = 0; header < 2 + bytes; header++)
				length = length << 8 | data[header];
		}
		if (length > size - header)
			return -1;
		data += header;
		size -= header;
		if (tag & 0x20) {
			if (depth < 8 && decode(data, length, depth + 1) < 0)
				return -1;
		} else if (tag == 6 && identifier(data, length) < 0) {
			return -1;
		} else if (tag == 2 && (length == 0 || (length > 1 && data[0] == 0 && !(data[1] & 0x80)))) {
			return -1;
		} else if (tag == 23 && time_of(data, length) < 0) {
			return -1;
		}
		values++;
		data += length;
		size -= length;
	}
	return values;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	decode(data, size, 0);
	return 0;
}
