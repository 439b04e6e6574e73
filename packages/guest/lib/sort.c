/* SPDX-License-Identifier: MIT */
/* Sorting and searching arrays. */
#include <linux/bsearch.h>
#include <linux/sort.h>
#include <linux/types.h>

static void swap_bytes(char *a, char *b, size_t size)
{
	while (size--) {
		char c = *a;

		*a++ = *b;
		*b++ = c;
	}
}

struct sorting {
	size_t size;
	cmp_r_func_t cmp;
	swap_r_func_t swap_elements;
	const void *priv;
};

static void exchange(const struct sorting *s, char *a, char *b)
{
	if (s->swap_elements)
		s->swap_elements(a, b, s->size, s->priv);
	else
		swap_bytes(a, b, s->size);
}

/* Moves element i down until no child is larger. */
static void sink(const struct sorting *s, char *base, size_t i, size_t num)
{
	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= num)
			return;
		if (child + 1 < num &&
		    s->cmp(base + child * s->size, base + (child + 1) * s->size, s->priv) < 0)
			child++;
		if (s->cmp(base + i * s->size, base + child * s->size, s->priv) >= 0)
			return;
		exchange(s, base + i * s->size, base + child * s->size);
		i = child;
	}
}

void sort_r(void *base, size_t num, size_t size, cmp_r_func_t cmp_func, swap_r_func_t swap_func, const void *priv)
{
	struct sorting s = { size, cmp_func, swap_func, priv };

	for (size_t i = num / 2; i-- > 0;)
		sink(&s, base, i, num);
	for (size_t left = num; left > 1; left--) {
		exchange(&s, base, (char *)base + (left - 1) * size);
		sink(&s, base, 0, left - 1);
	}
}

/* Function types are checked in calls here, so the caller's functions are wrapped. */
struct plain {
	cmp_func_t cmp;
	swap_func_t swap_elements;
};

static int plain_cmp(const void *a, const void *b, const void *priv)
{
	return ((const struct plain *)priv)->cmp(a, b);
}

static void plain_swap(void *a, void *b, int size, const void *priv)
{
	((const struct plain *)priv)->swap_elements(a, b, size);
}

void sort(void *base, size_t num, size_t size, cmp_func_t cmp_func, swap_func_t swap_func)
{
	struct plain plain = { cmp_func, swap_func };

	sort_r(base, num, size, plain_cmp, swap_func ? plain_swap : NULL, &plain);
}

void *bsearch(const void *key, const void *base, size_t num, size_t size, cmp_func_t cmp)
{
	while (num > 0) {
		const void *middle = base + (num / 2) * size;
		int order = cmp(key, middle);

		if (order == 0)
			return (void *)middle;
		if (order > 0) {
			base = middle + size;
			num -= num / 2 + 1;
		} else {
			num /= 2;
		}
	}
	return NULL;
}
