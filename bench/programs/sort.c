/* SPDX-License-Identifier: MIT */
/* Heap sort of two million integers. */
#include "bench.h"

#define COUNT 2000000

static noinline void sift(int *a, u64 root, u64 count)
{
	for (;;) {
		u64 child = 2 * root + 1;
		int swap;

		if (child >= count)
			return;
		if (child + 1 < count && a[child] < a[child + 1])
			child++;
		if (a[root] >= a[child])
			return;
		swap = a[root];
		a[root] = a[child];
		a[child] = swap;
		root = child;
	}
}

static unsigned long work(void)
{
	int *a = big_alloc(COUNT * sizeof(*a));
	unsigned long sum = 0;
	u64 i;

	if (!a)
		return 0;
	for (i = 0; i < COUNT; i++)
		a[i] = next() >> 1;
	for (i = COUNT / 2; i-- > 0;)
		sift(a, i, COUNT);
	for (i = COUNT; i-- > 1;) {
		int swap = a[0];

		a[0] = a[i];
		a[i] = swap;
		sift(a, 0, i);
	}
	for (i = 0; i < COUNT; i++)
		sum = sum * 31 + a[i];
	big_free(a);
	return sum;
}
