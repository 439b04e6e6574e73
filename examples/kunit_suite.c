// SPDX-License-Identifier: MIT
/* A KUnit suite: three tests of a ring buffer, one of which finds the bug in it. */
#include <kunit/test.h>

struct ring {
	unsigned int size, head, count;
	int items[];
};

static struct ring *ring_create(struct kunit *test, unsigned int size)
{
	struct ring *ring = kunit_kzalloc(test, struct_size(ring, items, size), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ring);
	ring->size = size;
	return ring;
}

static bool ring_put(struct ring *ring, int item)
{
	if (ring->count == ring->size)
		return false;
	/* The bug: the sum is not taken modulo the size. */
	ring->items[ring->head + ring->count++] = item;
	return true;
}

static bool ring_get(struct ring *ring, int *item)
{
	if (ring->count == 0)
		return false;
	*item = ring->items[ring->head];
	ring->head = (ring->head + 1) % ring->size;
	ring->count--;
	return true;
}

static void ring_keeps_order(struct kunit *test)
{
	struct ring *ring = ring_create(test, 3);
	int item;

	KUNIT_EXPECT_TRUE(test, ring_put(ring, 1));
	KUNIT_EXPECT_TRUE(test, ring_put(ring, 2));
	KUNIT_EXPECT_TRUE(test, ring_get(ring, &item));
	KUNIT_EXPECT_EQ(test, item, 1);
}

static void ring_refuses_when_full(struct kunit *test)
{
	struct ring *ring = ring_create(test, 1);

	KUNIT_EXPECT_TRUE(test, ring_put(ring, 1));
	KUNIT_EXPECT_FALSE(test, ring_put(ring, 2));
}

static void ring_goes_round(struct kunit *test)
{
	struct ring *ring = ring_create(test, 2);
	int item = 0;

	for (int i = 0; i < 3; i++) {
		KUNIT_EXPECT_TRUE(test, ring_put(ring, i));
		KUNIT_EXPECT_TRUE(test, ring_get(ring, &item));
		KUNIT_EXPECT_EQ(test, item, i);
	}
	KUNIT_EXPECT_TRUE(test, ring_put(ring, 7));
	KUNIT_EXPECT_TRUE(test, ring_put(ring, 8));
	KUNIT_EXPECT_TRUE(test, ring_get(ring, &item));
	KUNIT_EXPECT_EQ(test, item, 7);
}

static struct kunit_case ring_cases[] = {
	KUNIT_CASE(ring_keeps_order),
	KUNIT_CASE(ring_refuses_when_full),
	KUNIT_CASE(ring_goes_round),
	{}
};

static struct kunit_suite ring_suite = {
	.name = "ring",
	.test_cases = ring_cases,
};
kunit_test_suite(ring_suite);

MODULE_LICENSE("GPL");
