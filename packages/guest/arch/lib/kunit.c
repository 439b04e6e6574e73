/* SPDX-License-Identifier: MIT */
/* What KUnit's own code of the tree and tests need of its core; the core is shared with guests that have no tree (lib/kunit). */
#include <kunit/resource.h>
#include <kunit/test.h>
#include <kunit/test-bug.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/version.h>
#include "lib/kunit/string-stream.h"

void *__kunit_get_static_stub_address_impl(struct kunit *test, void *real_fn_addr);
__printf(3, 4) void __kunit_fail_current_test(const char *file, int line, const char *fmt, ...);

/* Since 6.3, what is not part of KUnit calls it through a table. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
DEFINE_STATIC_KEY_FALSE(kunit_running);
struct kunit_hooks_table kunit_hooks;

static __attribute__((constructor)) void kunit_install(void)
{
	static_branch_enable(&kunit_running);
	kunit_hooks.fail_current_test = __kunit_fail_current_test;
	kunit_hooks.get_static_stub_address = __kunit_get_static_stub_address_impl;
}
#endif

/* Logs are the machine's. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
void kunit_log_append(struct string_stream *log, const char *fmt, ...)
#else
void kunit_log_append(char *log, const char *fmt, ...)
#endif
{
}

void kunit_cleanup(struct kunit *test)
{
	struct kunit_resource *res;
	unsigned long flags;

	/* Each may release others. */
	for (;;) {
		spin_lock_irqsave(&test->lock, flags);
		res = list_empty(&test->resources) ? NULL :
						     list_last_entry(&test->resources, struct kunit_resource, node);
		spin_unlock_irqrestore(&test->lock, flags);
		if (!res)
			break;
		kunit_remove_resource(test, res);
	}
	current->kunit_test = NULL;
}

/* Before 6.5, memory is a resource that is found by its address. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
static int keep_memory(struct kunit_resource *resource, void *memory)
{
	resource->data = memory;
	return 0;
}

static void free_memory(struct kunit_resource *resource)
{
	kfree(resource->data);
}

static bool is_memory(struct kunit *test, struct kunit_resource *resource, void *memory)
{
	return resource->data == memory && resource->free == free_memory;
}

void *kunit_kmalloc_array(struct kunit *test, size_t n, size_t size, gfp_t gfp)
{
	void *memory = kmalloc_array(n, size, gfp);

	return memory ? kunit_alloc_resource(test, keep_memory, free_memory, gfp, memory) : NULL;
}

void kunit_kfree(struct kunit *test, const void *ptr)
{
	if (ptr)
		kunit_destroy_resource(test, is_memory, (void *)ptr);
}
#else
static void free_memory(void *memory)
{
	kfree(memory);
}

void *kunit_kmalloc_array(struct kunit *test, size_t n, size_t size, gfp_t gfp)
{
	void *memory = kmalloc_array(n, size, gfp);

	if (!memory || kunit_add_action_or_reset(test, free_memory, memory))
		return NULL;
	return memory;
}

void kunit_kfree(struct kunit *test, const void *ptr)
{
	if (ptr)
		kunit_release_action(test, free_memory, (void *)ptr);
}

void kunit_kfree_const(struct kunit *test, const void *x)
{
	kunit_kfree(test, x);
}

const char *kunit_kstrdup_const(struct kunit *test, const char *str, gfp_t gfp)
{
	return kunit_kstrdup(test, str, gfp);
}

#endif

/* Before 6.6, a test's streams are its resources. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
#define alloc_string_stream(gfp) alloc_string_stream(test, gfp)
#define free_string(test, string) kunit_kfree(test, string)
#else
#define free_string(test, string) kfree(string)
#endif

/* Prints what failed, where and why, as one message. */
void __kunit_do_failed_assertion(struct kunit *test, const struct kunit_loc *loc, enum kunit_assert_type type,
				 const struct kunit_assert *assert, assert_format_t assert_format, const char *fmt, ...)
{
	struct string_stream *text = alloc_string_stream(GFP_KERNEL);
	struct va_format message = { .fmt = fmt };
	char *whole;
	va_list args;

	kunit_set_failure(test);
	if (IS_ERR(text)) {
		kunit_err(test, "no memory to say what failed at %s:%d\n", loc->file, loc->line);
		return;
	}
	va_start(args, fmt);
	message.va = &args;
	kunit_assert_prologue(loc, type, text);
	assert_format(assert, &message, text);
	va_end(args);
	whole = string_stream_get_string(text);
	if (whole)
		kunit_err(test, "%s", whole);
	free_string(test, whole);
	string_stream_destroy(text);
}

/* Since 6.18, parameters can be an array that a case registers. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
const void *kunit_array_gen_params(struct kunit *test, const void *prev, char *desc)
{
	struct kunit_params *array = &test->params_array;
	const void *param = prev ? prev + array->elem_size : array->params;

	if (param - array->params >= array->num_params * array->elem_size)
		return NULL;
	if (array->get_description)
		array->get_description(test, param, desc);
	return param;
}
#endif
