/* SPDX-License-Identifier: MIT */
/* A decoder of DEFLATE (RFC 1951) for blocks with codes of their own. The program makes one of 100,000 tokens, and decodes it 130 times. */
#include "bench.h"

#define TOKENS 100000
#define ROUNDS 130
#define LONGEST 15
#define LITERALS 286
#define DISTANCES 30
#define END 256

struct stream {
	u8 *data;
	u64 at, bits;
	u32 held;
};

/* A literal, or a length and a distance. */
struct token {
	u32 literal, length, distance;
};

/* The symbol and, in the low four bits, the length of each code, by the next 15 bits of the stream. */
struct code {
	unsigned short entries[1 << LONGEST];
};

static const u8 length_order[19] = { 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15 };
static u32 length_base[29], length_bits[29], distance_base[30], distance_bits[30];

static void make_bases(void)
{
	u32 i;

	for (i = 0; i < 28; i++) {
		length_bits[i] = i < 8 ? 0 : i / 4 - 1;
		length_base[i] = i ? length_base[i - 1] + (1 << length_bits[i - 1]) : 3;
	}
	length_base[28] = 258;
	for (i = 0; i < 30; i++) {
		distance_bits[i] = i < 4 ? 0 : i / 2 - 1;
		distance_base[i] = i ? distance_base[i - 1] + (1 << distance_bits[i - 1]) : 1;
	}
}

/* The canonical code of some lengths, the first bit of each lowest, as in the stream. */
static void make_codes(const u8 *lengths, u32 symbols, unsigned short *codes)
{
	u32 code = 0, length, i, bit;

	for (length = 1; length <= LONGEST; length++, code <<= 1) {
		for (i = 0; i < symbols; i++) {
			if (lengths[i] != length)
				continue;
			for (codes[i] = 0, bit = 0; bit < length; bit++)
				codes[i] |= (code >> bit & 1) << (length - 1 - bit);
			code++;
		}
	}
}

static void put_bits(struct stream *s, u32 value, u32 count)
{
	s->bits |= (u64)value << s->held;
	for (s->held += count; s->held >= 8; s->held -= 8, s->bits >>= 8)
		s->data[s->at++] = s->bits;
}

/* Short codes for what is used often: lengths near -log2 of its share. */
static void choose_lengths(const u32 *used, u32 symbols, u8 *lengths)
{
	u32 least = TOKENS / 4096 + 1, total = 0, room = 1 << LONGEST, i;

	for (i = 0; i < symbols; i++)
		total += used[i] + least;
	for (i = 0; i < symbols; i++) {
		lengths[i] = 1;
		while ((used[i] + least) << lengths[i] < total)
			lengths[i]++;
		room -= 1 << (LONGEST - lengths[i]);
	}
	/* A code must be complete: what is left makes codes shorter. */
	while (room)
		for (i = 0; i < symbols; i++)
			if (lengths[i] > 1 && 1u << (LONGEST - lengths[i]) <= room)
				room -= 1 << (LONGEST - lengths[i]--);
}

static u32 slot_of(const u32 *bases, u32 count, u32 value)
{
	while (bases[count - 1] > value)
		count--;
	return count - 1;
}

static void write_block(struct stream *s, const struct token *tokens)
{
	static u32 used[LITERALS + DISTANCES];
	unsigned short codes[LITERALS + DISTANCES], meta[19];
	u8 lengths[LITERALS + DISTANCES], meta_lengths[19];
	u32 i;

	used[END] = 1;
	for (i = 0; i < TOKENS; i++) {
		used[tokens[i].length ? 257 + slot_of(length_base, 29, tokens[i].length) : tokens[i].literal]++;
		if (tokens[i].length)
			used[LITERALS + slot_of(distance_base, DISTANCES, tokens[i].distance)]++;
	}
	choose_lengths(used, LITERALS, lengths);
	choose_lengths(used + LITERALS, DISTANCES, lengths + LITERALS);
	make_codes(lengths, LITERALS, codes);
	make_codes(lengths + LITERALS, DISTANCES, codes + LITERALS);
	for (i = 0; i < 19; i++)
		meta_lengths[i] = i < 13 ? 4 : 5;
	make_codes(meta_lengths, 19, meta);
	put_bits(s, 5, 3);
	put_bits(s, LITERALS - 257, 5);
	put_bits(s, DISTANCES - 1, 5);
	put_bits(s, 19 - 4, 4);
	for (i = 0; i < 19; i++)
		put_bits(s, meta_lengths[length_order[i]], 3);
	for (i = 0; i < LITERALS + DISTANCES; i++)
		put_bits(s, meta[lengths[i]], meta_lengths[lengths[i]]);
	for (i = 0; i < TOKENS; i++) {
		u32 length = tokens[i].length, distance = tokens[i].distance, slot;

		if (!length) {
			put_bits(s, codes[tokens[i].literal], lengths[tokens[i].literal]);
			continue;
		}
		slot = slot_of(length_base, 29, length);
		put_bits(s, codes[257 + slot], lengths[257 + slot]);
		put_bits(s, length - length_base[slot], length_bits[slot]);
		slot = slot_of(distance_base, DISTANCES, distance);
		put_bits(s, codes[LITERALS + slot], lengths[LITERALS + slot]);
		put_bits(s, distance - distance_base[slot], distance_bits[slot]);
	}
	put_bits(s, codes[END], lengths[END]);
	put_bits(s, 0, 7);
}

static void fill_bits(struct stream *s)
{
	for (; s->held <= 48; s->held += 8)
		s->bits |= (u64)s->data[s->at++] << s->held;
}

static u32 take_bits(struct stream *s, u32 count)
{
	u32 value = s->bits & ((1ul << count) - 1);

	s->bits >>= count;
	s->held -= count;
	return value;
}

static void build(struct code *code, const u8 *lengths, u32 symbols)
{
	unsigned short codes[LITERALS];
	u32 i, at;

	make_codes(lengths, symbols, codes);
	for (i = 0; i < symbols; i++)
		if (lengths[i])
			for (at = codes[i]; at < 1 << LONGEST; at += 1 << lengths[i])
				code->entries[at] = i << 4 | lengths[i];
}

static u32 decode(struct stream *s, const struct code *code)
{
	u32 entry = code->entries[s->bits & ((1 << LONGEST) - 1)];

	take_bits(s, entry & 15);
	return entry >> 4;
}

static noinline void read_codes(struct stream *s, struct code *literals, struct code *distances)
{
	u8 lengths[320] = { 0 }, meta[19] = { 0 };
	u32 literal_count, distance_count, meta_count, i;

	literal_count = take_bits(s, 5) + 257;
	distance_count = take_bits(s, 5) + 1;
	meta_count = take_bits(s, 4) + 4;
	for (i = 0; i < meta_count; i++) {
		fill_bits(s);
		meta[length_order[i]] = take_bits(s, 3);
	}
	build(literals, meta, 19);
	for (i = 0; i < literal_count + distance_count;) {
		u32 symbol, value = 0, repeat = 1;

		fill_bits(s);
		symbol = decode(s, literals);
		if (symbol < 16)
			value = symbol;
		else if (symbol == 16)
			value = i ? lengths[i - 1] : 0, repeat = 3 + take_bits(s, 2);
		else
			repeat = symbol == 17 ? 3 + take_bits(s, 3) : 11 + take_bits(s, 7);
		while (repeat-- && i < literal_count + distance_count)
			lengths[i++] = value;
	}
	build(literals, lengths, literal_count);
	build(distances, lengths + literal_count, distance_count);
}

/* Returns the size of what was decoded; 0 if it is damaged. */
static noinline u64 inflate(struct stream *s, u8 *out, u64 room, struct code *codes)
{
	u64 o = 0;

	fill_bits(s);
	if (take_bits(s, 3) != 5)
		return 0;
	read_codes(s, &codes[0], &codes[1]);
	for (;;) {
		u32 symbol, length, distance;

		fill_bits(s);
		symbol = decode(s, &codes[0]);
		if (symbol == END)
			return o;
		if (symbol < END) {
			if (o == room)
				return 0;
			out[o++] = symbol;
			continue;
		}
		length = length_base[symbol - 257] + take_bits(s, length_bits[symbol - 257]);
		symbol = decode(s, &codes[1]);
		distance = distance_base[symbol] + take_bits(s, distance_bits[symbol]);
		if (distance > o || length > room - o)
			return 0;
		for (; length--; o++)
			out[o] = out[o - distance];
	}
}

/* Tokens, as a compressor might find them, and what they stand for. Returns the size of that. */
static u64 make_tokens(struct token *tokens, u8 *text)
{
	u64 size = 0;
	u32 i, k;

	for (i = 0; i < TOKENS; i++) {
		struct token *token = &tokens[i];

		token->literal = text[size] = ' ' + (next() % 64 & next() % 64);
		token->length = size > 32768 && next() % 3 == 0 ? 3 + (next() % 256 & next() % 256 & next() % 256) : 0;
		token->distance = next() % 2 ? next() % 32768 + 1 : next() % 256 + 1;
		for (k = 0; k < token->length; k++)
			text[size + k] = text[size + k - token->distance];
		size += token->length ? token->length : 1;
	}
	return size;
}

static unsigned long work(void)
{
	u64 room = TOKENS * 16;
	struct token *tokens = big_alloc(TOKENS * sizeof(*tokens));
	struct code *codes = big_alloc(2 * sizeof(*codes));
	u8 *text = big_alloc(room), *packed = big_alloc(room), *back = big_alloc(room);
	struct stream out = { .data = packed };
	unsigned long sum = 0;
	u64 size;
	u32 i;

	if (!tokens || !codes || !text || !packed || !back)
		return 0;
	make_bases();
	size = make_tokens(tokens, text);
	memset(packed, 0, room);
	write_block(&out, tokens);
	for (i = 0; i < ROUNDS; i++) {
		struct stream in = { .data = packed };

		memset(back, 0, size);
		sum = sum * 31 + inflate(&in, back, size, codes) + in.at;
		sum += memcmp(text, back, size) != 0;
	}
	big_free(tokens);
	big_free(codes);
	big_free(text);
	big_free(packed);
	big_free(back);
	return sum;
}
