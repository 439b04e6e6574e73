#include <kunit/test.h>
#include "ring.h"

static void ring_keeps_order(struct kunit *test)
{
	struct ring *ring = ring_create(4);
	u8 byte;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ring);
	KUNIT_EXPECT_FALSE(test, ring_get(ring, &byte));
	KUNIT_EXPECT_TRUE(test, ring_put(ring, 1));
	KUNIT_EXPECT_TRUE(test, ring_put(ring, 2));
	KUNIT_EXPECT_TRUE(test, ring_get(ring, &byte));
	KUNIT_EXPECT_EQ(test, byte, 1);
	ring_destroy(ring);
}

/* KASAN finds the bug here: nothing that the test compares would. */
static void ring_goes_round(struct kunit *test)
{
	struct ring *ring = ring_create(4);
	u8 byte;
	int i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ring);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_TRUE(test, ring_put(ring, i));
	KUNIT_EXPECT_FALSE(test, ring_put(ring, 4));
	KUNIT_EXPECT_TRUE(test, ring_get(ring, &byte));
	KUNIT_EXPECT_TRUE(test, ring_put(ring, 4));
	ring_destroy(ring);
}

static struct kunit_case ring_cases[] = {
	KUNIT_CASE(ring_keeps_order),
	KUNIT_CASE(ring_goes_round),
	{}
};

static struct kunit_suite ring_suite = {
	.name = "ring",
	.test_cases = ring_cases,
};

kunit_test_suite(ring_suite);
