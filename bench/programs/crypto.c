/* SPDX-License-Identifier: MIT */
/* ChaCha20 (RFC 8439) and SHA-256 (FIPS 180-4) of buffers of 16 bytes to 64 KB: encrypted in place, and hashed. */
#include "bench.h"

#define MOST (64 << 10)
#define BYTES_PER_SIZE (2 << 20)
#define ROTATE(x, n) ((x) << (n) | (x) >> (32 - (n)))

struct sha256 {
	u32 state[8];
	u64 bytes;
	u8 block[64];
};

static u32 constants[64];

static u32 load_be(const u8 *p)
{
	return (u32)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

static void store_be(u8 *p, u32 value)
{
	p[0] = value >> 24;
	p[1] = value >> 16;
	p[2] = value >> 8;
	p[3] = value;
}

/* The first 32 bits of the fraction of a root: the largest x with x^power <= n * 2^(32 * power). */
static u32 root_fraction(u32 n, u32 power)
{
	unsigned __int128 limit = (unsigned __int128)n << 32 * power;
	u64 root = 0;
	int bit;

	for (bit = 35; bit >= 0; bit--) {
		unsigned __int128 x = root | 1ul << bit;

		if ((power == 2 ? x * x : x * x * x) <= limit)
			root = x;
	}
	return root;
}

static void make_constants(u32 *initial)
{
	u32 n, i, count = 0;

	for (n = 2; count < 64; n++) {
		for (i = 2; i * i <= n && n % i; i++)
			;
		if (i * i <= n)
			continue;
		if (count < 8)
			initial[count] = root_fraction(n, 2);
		constants[count++] = root_fraction(n, 3);
	}
}

static noinline void sha256_block(u32 *state, const u8 *block)
{
	u32 w[64], s[8], i;

	for (i = 0; i < 16; i++)
		w[i] = load_be(block + 4 * i);
	for (; i < 64; i++) {
		u32 a = w[i - 15], b = w[i - 2];

		w[i] = w[i - 16] + w[i - 7] + (ROTATE(a, 25) ^ ROTATE(a, 14) ^ a >> 3) +
		       (ROTATE(b, 15) ^ ROTATE(b, 13) ^ b >> 10);
	}
	memcpy(s, state, sizeof(s));
	for (i = 0; i < 64; i++) {
		u32 e = s[4], a = s[0];
		u32 t = s[7] + (ROTATE(e, 26) ^ ROTATE(e, 21) ^ ROTATE(e, 7)) + ((e & s[5]) ^ (~e & s[6])) +
			constants[i] + w[i];
		u32 u = (ROTATE(a, 30) ^ ROTATE(a, 19) ^ ROTATE(a, 10)) + ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));

		s[7] = s[6];
		s[6] = s[5];
		s[5] = e;
		s[4] = s[3] + t;
		s[3] = s[2];
		s[2] = s[1];
		s[1] = a;
		s[0] = t + u;
	}
	for (i = 0; i < 8; i++)
		state[i] += s[i];
}

static void sha256_update(struct sha256 *sha, const u8 *data, u64 count)
{
	while (count) {
		u64 used = sha->bytes % 64, some = count < 64 - used ? count : 64 - used;

		memcpy(sha->block + used, data, some);
		sha->bytes += some;
		data += some;
		count -= some;
		if (used + some == 64)
			sha256_block(sha->state, sha->block);
	}
}

static void sha256_end(struct sha256 *sha, u8 *digest)
{
	u8 padding[72] = { 0x80 };
	u64 bytes = sha->bytes, zeros = (119 - bytes % 64) % 64;
	u32 i;

	store_be(padding + 1 + zeros, bytes >> 29);
	store_be(padding + 5 + zeros, bytes << 3);
	sha256_update(sha, padding, 9 + zeros);
	for (i = 0; i < 8; i++)
		store_be(digest + 4 * i, sha->state[i]);
}

static void quarter(u32 *x, u32 a, u32 b, u32 c, u32 d)
{
	x[a] += x[b];
	x[d] = ROTATE(x[d] ^ x[a], 16);
	x[c] += x[d];
	x[b] = ROTATE(x[b] ^ x[c], 12);
	x[a] += x[b];
	x[d] = ROTATE(x[d] ^ x[a], 8);
	x[c] += x[d];
	x[b] = ROTATE(x[b] ^ x[c], 7);
}

static noinline void chacha20_block(const u32 *state, u32 *stream)
{
	u32 i;

	memcpy(stream, state, 64);
	for (i = 0; i < 10; i++) {
		quarter(stream, 0, 4, 8, 12);
		quarter(stream, 1, 5, 9, 13);
		quarter(stream, 2, 6, 10, 14);
		quarter(stream, 3, 7, 11, 15);
		quarter(stream, 0, 5, 10, 15);
		quarter(stream, 1, 6, 11, 12);
		quarter(stream, 2, 7, 8, 13);
		quarter(stream, 3, 4, 9, 14);
	}
	for (i = 0; i < 16; i++)
		stream[i] += state[i];
}

static void chacha20(u32 *state, u8 *data, u64 count)
{
	u32 stream[16];

	while (count) {
		u64 some = count < 64 ? count : 64, i;

		chacha20_block(state, stream);
		state[12]++;
		for (i = 0; i < some; i++)
			data[i] ^= stream[i / 4] >> i % 4 * 8;
		data += some;
		count -= some;
	}
}

static unsigned long work(void)
{
	u32 initial[8], state[16] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };
	unsigned long sum = 0;
	u64 size, i;

	make_constants(initial);
	for (i = 4; i < 16; i++)
		state[i] = next();
	for (size = 16; size <= MOST; size *= 2) {
		u8 *data = kmalloc(size, GFP_KERNEL), digest[32];

		memset(data, size, size);
		for (i = 0; i < BYTES_PER_SIZE; i += size) {
			struct sha256 sha = { { 0 }, 0, { 0 } };

			chacha20(state, data, size);
			memcpy(sha.state, initial, sizeof(initial));
			sha256_update(&sha, data, size);
			sha256_end(&sha, digest);
			memcpy(data, digest, size < 32 ? size : 32);
		}
		sum = sum * 31 + load_be(digest);
		kfree(data);
	}
	return sum;
}
