// SPDX-License-Identifier: MIT
// A pool: elements in reserve, which are there when there is no memory, and come back.
#include <linux/mempool.h>
#include "check.h"

static bool memory = true;

static void *get(gfp_t flags, void *data)
{
	return memory ? kmalloc((long)data, flags) : NULL;
}

static void give_back(void *element, void *data)
{
	kfree(element);
}

static int __init check_pool(void)
{
	mempool_t *pool = mempool_create(2, get, give_back, (void *)40L);
	u8 *first, *second;

	CHECK(pool && pool->curr_nr == 2);
	memory = false;
	first = mempool_alloc(pool, GFP_NOWAIT);
	second = mempool_alloc(pool, GFP_NOWAIT);
	CHECK(first && second && first != second && !mempool_alloc(pool, GFP_NOWAIT));
	memset(first, 1, 40);
	memset(second, 2, 40);
	mempool_free(first, pool);
	CHECK(pool->curr_nr == 1 && mempool_alloc(pool, GFP_NOWAIT) == first);
	mempool_free(first, pool);
	mempool_free(second, pool);
	memory = true;
	CHECK(mempool_resize(pool, 5) == 0 && pool->curr_nr == 5);
	CHECK(mempool_resize(pool, 1) == 0 && pool->curr_nr == 1);
	mempool_destroy(pool);
	return 0;
}
CHECKS(check_pool);
