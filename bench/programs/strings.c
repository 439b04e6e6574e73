/* SPDX-License-Identifier: MIT */
/* Builds strings piece by piece in growing buffers, and searches in them. */
#include "bench.h"

struct builder {
	char *text;
	u64 length, capacity;
};

static void append(struct builder *b, const char *piece, u64 count)
{
	if (b->length + count + 1 > b->capacity) {
		u64 capacity = (b->length + count + 1) * 2;
		char *grown = kmalloc(capacity, GFP_KERNEL);

		if (b->text)
			memcpy(grown, b->text, b->length);
		kfree(b->text);
		b->text = grown;
		b->capacity = capacity;
	}
	memcpy(b->text + b->length, piece, count);
	b->length += count;
	b->text[b->length] = '\0';
}

static u64 number(char *into, u32 value)
{
	char digits[10];
	u64 count = 0, i;

	do {
		digits[count++] = '0' + value % 10;
		value /= 10;
	} while (value);
	for (i = 0; i < count; i++)
		into[i] = digits[count - 1 - i];
	return count;
}

static noinline unsigned long hash(const char *text)
{
	unsigned long sum = 5381;

	while (*text)
		sum = sum * 33 + (u8)*text++;
	return sum;
}

static unsigned long work(void)
{
	static const char *const words[] = { "granule", "shadow", "redzone", "quarantine", "poison", "track" };
	unsigned long sum = 0;
	u32 i, k;

	for (i = 0; i < 25000; i++) {
		struct builder b = { 0 };

		for (k = 0; k < 200; k++) {
			const char *word = words[next() % 6];
			char digits[10];

			append(&b, word, strlen(word));
			append(&b, "=", 1);
			append(&b, digits, number(digits, next()));
			append(&b, ";", 1);
		}
		sum += hash(b.text);
		kfree(b.text);
	}
	return sum;
}
