/* SPDX-License-Identifier: MIT */
/* An LZ77 compressor with a hash of three bytes, and its decompressor, on 2 MB of repetitive text, fourteen times. */
#include "bench.h"

#define BYTES (2 << 20)
#define HASHES 16384

static u32 last[HASHES];

static noinline u64 compress(const u8 *in, u64 count, u8 *out)
{
	u64 i = 0, o = 0;

	memset(last, 0, sizeof(last));
	while (i + 4 < count) {
		u32 hash = ((in[i] << 16 | in[i + 1] << 8 | in[i + 2]) * 2654435761u) >> 18;
		u64 from = last[hash];
		u64 length = 0;

		last[hash] = i;
		if (from && i - from < 65536)
			while (length < 255 && i + length < count && in[from + length] == in[i + length])
				length++;
		if (length >= 4) {
			u64 distance = i - from;

			out[o++] = length;
			out[o++] = distance >> 8;
			out[o++] = distance;
			i += length;
		} else {
			out[o++] = 0;
			out[o++] = in[i++];
		}
	}
	while (i < count) {
		out[o++] = 0;
		out[o++] = in[i++];
	}
	return o;
}

static noinline u64 expand(const u8 *in, u64 count, u8 *out)
{
	u64 i = 0, o = 0;

	while (i < count) {
		u64 length = in[i++];

		if (length == 0) {
			out[o++] = in[i++];
		} else {
			u64 distance = in[i] << 8 | in[i + 1];

			i += 2;
			while (length--) {
				out[o] = out[o - distance];
				o++;
			}
		}
	}
	return o;
}

static unsigned long work(void)
{
	u8 *text = big_alloc(BYTES), *packed = big_alloc(2 * BYTES + 16), *back = big_alloc(BYTES);
	unsigned long sum = 0;
	u64 i, k;

	if (!text || !packed || !back)
		return 0;
	for (i = 0; i < BYTES; i++)
		text[i] = i > 4096 && next() % 100 ? text[i - 1 - next() % 4 * 1000] : 'a' + next() % 26;
	for (k = 0; k < 14; k++) {
		u64 size = compress(text, BYTES, packed);

		sum = sum * 31 + size;
		sum += expand(packed, size, back) == BYTES && !memcmp(text, back, BYTES);
		text[k] ^= 1;
	}
	big_free(text);
	big_free(packed);
	big_free(back);
	return sum;
}
