/* SPDX-License-Identifier: MIT */
#ifndef _KUNIT_TRY_CATCH_H
#define _KUNIT_TRY_CATCH_H

#include <linux/types.h>

struct kunit;

typedef void (*kunit_try_catch_func_t)(void *context);

/* A function that runs in its own thread, and one that follows if it did not finish. */
struct kunit_try_catch {
	struct kunit *test;
	int try_result;
	kunit_try_catch_func_t try;
	kunit_try_catch_func_t catch;
	void *context;
};

void kunit_try_catch_run(struct kunit_try_catch *try_catch, void *context);
void kunit_try_catch_throw(struct kunit_try_catch *try_catch) __noreturn;

static inline int kunit_try_catch_get_result(struct kunit_try_catch *try_catch)
{
	return try_catch->try_result;
}

#endif
