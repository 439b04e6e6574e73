/* SPDX-License-Identifier: MIT */
/* Nested attributes of a type, a length and a value, as netlink has them, each checked by a policy. */
#include "target.h"

enum kind { FLAG, NUMBER, TEXT, NESTED };
static const struct {
	enum kind kind;
	u16 most;
} policy[] = {
	{ FLAG, 0 }, { NUMBER, 1 }, { NUMBER, 2 }, { NUMBER, 4 }, { TEXT, 16 }, { TEXT, 64 }, { NESTED, 0 }, { NESTED, 100 },
};

static int walk(const u8 *data, size_t size, int depth)
{
	const u8 *seen[8] = { 0 };
	int count = 0;

	while (size >= 4) {
		size_t length = data[0] | data[1] << 8, value, whole;
		u16 type = (data[2] | data[3] << 8) & 0x3fff;

		if (length < 4 || length > size)
			return -1;
		value = length - 4;
		if (type < 8) {
			switch (policy[type].kind) {
			case FLAG:
				if (value != 0)
					return -2;
				break;
			case NUMBER:
				if (value != policy[type].most)
					return -3;
				count += data[4];
				break;
			case TEXT:
				if (value == 0 || value > policy[type].most || !memchr(data + 4, 0, value))
					return -4;
				break;
			case NESTED:
				if (depth < 4 && walk(data + 4, value, depth + 1) < 0)
					return -5;
				break;
			}
			seen[type] = data;
		}
		whole = (length + 3) & ~(size_t)3;
		if (whole > size)
			whole = size;
		data += whole;
		size -= whole;
	}
	for (int i = 0; i < 8; i++)
		count += seen[i] != 0;
	return count;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	walk(data, size, 0);
	return 0;
}
