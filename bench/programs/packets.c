/* SPDX-License-Identifier: MIT */
/* Packets are made, received into buffers with headroom, and parsed: Ethernet with VLAN tags, IPv4, TCP, options, nested attributes. */
#include "bench.h"

#define PACKETS 750000
#define HEADROOM 128
#define MOST_OF_ATTRIBUTE 124
#define FLOWS 512

enum { END, NOP, MSS, WINDOW_SCALE, SACK = 5, TIMESTAMPS = 8 };
enum { ATTRIBUTE_NESTED = 1, ATTRIBUTE_NUMBER, ATTRIBUTE_TEXT };

struct buffer {
	u8 *head, *data, *tail;
};

struct flow {
	u64 packets, bytes, attributes;
	u32 last_sequence, window, timestamp;
};

static struct flow flows[FLOWS];

static u32 get16(const u8 *p)
{
	return p[0] << 8 | p[1];
}

static u32 get32(const u8 *p)
{
	return get16(p) << 16 | get16(p + 2);
}

static void put16(u8 *p, u32 value)
{
	p[0] = value >> 8;
	p[1] = value;
}

static void put32(u8 *p, u32 value)
{
	put16(p, value >> 16);
	put16(p + 2, value);
}

static u64 length_of(const struct buffer *b)
{
	return b->tail - b->data;
}

/* Room for a header before the data, or after it. */
static u8 *push(struct buffer *b, u64 count)
{
	return b->data -= count;
}

static u8 *put(struct buffer *b, u64 count)
{
	u8 *at = b->tail;

	b->tail += count;
	return at;
}

/* Takes a header off the data; NULL if there is less. */
static u8 *pull(struct buffer *b, u64 count)
{
	u8 *at = b->data;

	if (length_of(b) < count)
		return NULL;
	b->data += count;
	return at;
}

/* The Internet checksum of RFC 1071, of which `sum` is a part. */
static noinline u32 checksum(const u8 *p, u64 count, u32 sum)
{
	for (; count > 1; count -= 2, p += 2)
		sum += get16(p);
	if (count)
		sum += *p << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static u32 pseudo_header(const u8 *ip, u64 count)
{
	return checksum(ip + 12, 8, 6 + count);
}

static void add_attribute(struct buffer *b, u32 type, u32 count)
{
	u8 *at = put(b, (4 + count + 3) & ~3u);
	u32 i;

	put16(at, 4 + count);
	put16(at + 2, type);
	for (i = 0; i < ((count + 3) & ~3u); i++)
		at[4 + i] = i + type;
}

static void make_payload(struct buffer *b, u32 count)
{
	while (count--) {
		u32 kind = next() % 4;

		if (kind == 0) {
			u8 *nest = put(b, 4);

			add_attribute(b, ATTRIBUTE_NUMBER, 8);
			add_attribute(b, ATTRIBUTE_TEXT, next() % 20);
			put16(nest, b->tail - nest);
			put16(nest + 2, ATTRIBUTE_NESTED);
		} else {
			add_attribute(b, kind == 1 ? ATTRIBUTE_NUMBER : ATTRIBUTE_TEXT, kind == 1 ? 4 : next() % 120);
		}
	}
}

static u32 make_options(u8 *at)
{
	u8 *start = at;

	if (next() % 2) {
		*at++ = MSS, *at++ = 4;
		put16(at, 1460);
		at += 2;
	}
	if (next() % 2)
		*at++ = NOP, *at++ = WINDOW_SCALE, *at++ = 3, *at++ = next() % 8;
	if (next() % 4) {
		*at++ = NOP, *at++ = NOP, *at++ = TIMESTAMPS, *at++ = 10;
		put32(at, next());
		put32(at + 4, next());
		at += 8;
	}
	return at - start;
}

static void make_packet(struct buffer *b, u32 attributes)
{
	u8 options[40], *tcp, *ip, *ethernet;
	u32 count = make_options(options), tagged = next() % 4 == 0;

	make_payload(b, attributes);
	tcp = push(b, 20 + count);
	memset(tcp, 0, 20);
	put32(tcp, next());
	put32(tcp + 4, next());
	tcp[12] = (20 + count) << 2;
	put16(tcp + 14, next());
	memcpy(tcp + 20, options, count);
	count = length_of(b);
	ip = push(b, 20);
	memset(ip, 0, 20);
	ip[0] = 0x45;
	put16(ip + 2, count + 20);
	ip[8] = next() % 64;
	ip[9] = 6;
	put32(ip + 12, 0x0a000000 | next() % 64);
	put32(ip + 16, 0x0a000100 | next() % 8);
	put16(ip + 10, ~checksum(ip, 20, 0));
	put16(tcp + 16, ~checksum(tcp, count, pseudo_header(ip, count)));
	ethernet = push(b, tagged ? 18 : 14);
	memset(ethernet, 2, 12);
	if (tagged)
		put32(ethernet + 12, 0x81000000 | next() % 4096);
	put16(ip - 2, 0x0800);
	/* Some are damaged on the way. */
	if (next() % 16 == 0) {
		u8 *at = b->data + next() % length_of(b);

		*at ^= 1 << next() % 8;
	}
}

static int parse_options(struct flow *flow, const u8 *at, const u8 *end)
{
	while (at < end && *at != END) {
		if (*at == NOP) {
			at++;
			continue;
		}
		if (end - at < 2 || at[1] < 2 || at[1] > end - at)
			return -1;
		if (*at == WINDOW_SCALE && at[1] == 3)
			flow->window <<= at[2] & 15;
		else if (*at == TIMESTAMPS && at[1] == 10)
			flow->timestamp = get32(at + 2);
		at += at[1];
	}
	return 0;
}

static noinline int parse_attributes(struct flow *flow, const u8 *at, u64 count, int depth)
{
	while (count >= 4) {
		u32 length = get16(at), type = get16(at + 2), padded = (length + 3) & ~3u;
		u64 sum = 0;
		u32 i;

		if (length < 4 || padded > count)
			return -1;
		if (type == ATTRIBUTE_NESTED && (depth == 3 || parse_attributes(flow, at + 4, length - 4, depth + 1)))
			return -1;
		else if (type == ATTRIBUTE_NUMBER && length >= 8)
			sum = get32(at + 4);
		else if (type == ATTRIBUTE_TEXT)
			for (i = 4; i < length; i++)
				sum = sum * 31 + at[i];
		flow->attributes = flow->attributes * 7 + sum;
		at += padded;
		count -= padded;
	}
	return count ? -1 : 0;
}

static struct flow *flow_of(const u8 *ip)
{
	return &flows[(get32(ip + 12) * 8 ^ get32(ip + 16)) % FLOWS];
}

/* Returns what is wrong with a packet; 0: nothing. */
static noinline int receive(struct buffer *b)
{
	u8 *ethernet = pull(b, 14), *ip, *tcp;
	u32 type, count, header;
	struct flow *flow;

	if (!ethernet)
		return 1;
	type = get16(ethernet + 12);
	if (type == 0x8100) {
		u8 *tag = pull(b, 4);

		if (!tag)
			return 1;
		type = get16(tag + 2);
	}
	if (type != 0x0800)
		return 2;
	ip = pull(b, 20);
	if (!ip || ip[0] != 0x45 || checksum(ip, 20, 0) != 0xffff)
		return 3;
	count = get16(ip + 2) - 20;
	if (ip[9] != 6 || ip[8] == 0 || count != length_of(b))
		return 4;
	if (checksum(b->data, count, pseudo_header(ip, count)) != 0xffff)
		return 5;
	tcp = pull(b, 20);
	if (!tcp)
		return 6;
	header = tcp[12] >> 4 << 2;
	if (header < 20 || !pull(b, header - 20))
		return 6;
	flow = flow_of(ip);
	flow->packets++;
	flow->bytes += count;
	flow->last_sequence = get32(tcp + 4);
	flow->window = get16(tcp + 14);
	if (parse_options(flow, tcp + 20, tcp + header))
		return 7;
	return parse_attributes(flow, b->data, length_of(b), 0) ? 8 : 0;
}

static unsigned long work(void)
{
	unsigned long sum = 0;
	u32 i;

	for (i = 0; i < PACKETS; i++) {
		u32 attributes = next() % 8;
		struct buffer b = { .head = kmalloc(HEADROOM + attributes * MOST_OF_ATTRIBUTE, GFP_KERNEL) };

		b.data = b.tail = b.head + HEADROOM;
		make_packet(&b, attributes);
		sum = sum * 31 + receive(&b);
		kfree(b.head);
	}
	for (i = 0; i < FLOWS; i++)
		sum = sum * 31 + flows[i].bytes + flows[i].attributes + flows[i].window + flows[i].timestamp;
	return sum;
}
