// SPDX-License-Identifier: MIT
// A list of what was used last: added once, walked by parts, moved to its end and taken out.
#include <linux/list_lru.h>
#include "check.h"

struct item {
	struct list_head link;
	int number;
};

static enum lru_status take_odd(struct list_head *link, struct list_lru_one *list, spinlock_t *lock, void *count)
{
	struct item *item = list_entry(link, struct item, link);

	if (item->number % 2 == 0)
		return LRU_ROTATE;
	list_lru_isolate(list, link);
	++*(int *)count;
	return LRU_REMOVED;
}

static int __init check_lru(void)
{
	struct item *items[10];
	struct list_lru lru;
	int taken = 0;

	CHECK(list_lru_init(&lru) == 0);
	for (int i = 0; i < 10; i++) {
		items[i] = kzalloc(sizeof(*items[i]), GFP_KERNEL);
		INIT_LIST_HEAD(&items[i]->link);
		items[i]->number = i;
		CHECK(list_lru_add_obj(&lru, &items[i]->link) && !list_lru_add_obj(&lru, &items[i]->link));
	}
	CHECK(list_lru_count(&lru) == 10);
	CHECK(list_lru_del_obj(&lru, &items[4]->link) && !list_lru_del_obj(&lru, &items[4]->link));
	/* Four are looked at: 0 to 3. */
	CHECK(list_lru_walk(&lru, take_odd, &taken, 4) == 2 && taken == 2);
	CHECK(list_lru_walk(&lru, take_odd, &taken, 100) == 3 && taken == 5);
	CHECK(list_lru_count(&lru) == 4);
	for (int i = 0; i < 10; i++) {
		CHECK(list_lru_del_obj(&lru, &items[i]->link) == (i % 2 == 0 && i != 4));
		kfree(items[i]);
	}
	list_lru_destroy(&lru);
	return 0;
}
CHECKS(check_lru);
