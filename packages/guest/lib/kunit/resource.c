/* SPDX-License-Identifier: MIT */
/* Resources of test cases, released when the cases end. */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/sched.h>

static void release(struct kref *kref)
{
	struct kunit_resource *res = container_of(kref, struct kunit_resource, refcount);

	if (res->free)
		res->free(res);
	if (res->should_kfree)
		kfree(res);
}

void kunit_put_resource(struct kunit_resource *res)
{
	kref_put(&res->refcount, release);
}

int __kunit_add_resource(struct kunit *test, kunit_resource_init_t init, kunit_resource_free_t free,
			 struct kunit_resource *res, void *data)
{
	int error = 0;

	res->free = free;
	kref_init(&res->refcount);
	if (init)
		error = init(res, data);
	else
		res->data = data;
	if (error)
		return error;
	spin_lock(&test->lock);
	list_add_tail(&res->node, &test->resources);
	spin_unlock(&test->lock);
	return 0;
}

int kunit_add_named_resource(struct kunit *test, kunit_resource_init_t init, kunit_resource_free_t free,
			     struct kunit_resource *res, const char *name, void *data)
{
	struct kunit_resource *existing;

	if (!name)
		return -EINVAL;
	existing = kunit_find_named_resource(test, name);
	if (existing) {
		kunit_put_resource(existing);
		return -EEXIST;
	}
	res->name = name;
	res->should_kfree = false;
	return __kunit_add_resource(test, init, free, res, data);
}

struct kunit_resource *kunit_alloc_and_get_resource(struct kunit *test, kunit_resource_init_t init,
						    kunit_resource_free_t free, gfp_t gfp, void *context)
{
	struct kunit_resource *res = kzalloc(sizeof(*res), gfp);

	if (!res)
		return NULL;
	res->should_kfree = true;
	if (__kunit_add_resource(test, init, free, res, context)) {
		kfree(res);
		return NULL;
	}
	kunit_get_resource(res);
	return res;
}

struct kunit_resource *kunit_find_resource(struct kunit *test, kunit_resource_match_t match, void *match_data)
{
	struct kunit_resource *res;

	list_for_each_entry_reverse(res, &test->resources, node) {
		if (match(test, res, match_data)) {
			kunit_get_resource(res);
			return res;
		}
	}
	return NULL;
}

bool kunit_resource_name_match(struct kunit *test, struct kunit_resource *res, void *match_name)
{
	return res->name && strcmp(res->name, match_name) == 0;
}

void kunit_remove_resource(struct kunit *test, struct kunit_resource *res)
{
	bool was_linked;

	spin_lock(&test->lock);
	was_linked = !list_empty(&res->node);
	list_del_init(&res->node);
	spin_unlock(&test->lock);
	if (was_linked)
		kunit_put_resource(res);
}

int kunit_destroy_resource(struct kunit *test, kunit_resource_match_t match, void *match_data)
{
	struct kunit_resource *res = kunit_find_resource(test, match, match_data);

	if (!res)
		return -ENOENT;
	kunit_remove_resource(test, res);
	kunit_put_resource(res);
	return 0;
}

void kunit_cleanup(struct kunit *test)
{
	/* Each may release others. */
	while (!list_empty(&test->resources))
		kunit_remove_resource(test, list_last_entry(&test->resources, struct kunit_resource, node));
	current->kunit_test = NULL;
}

struct action {
	struct kunit_resource res;
	kunit_action_t *func;
	void *ctx;
};

static void run_action(struct kunit_resource *res)
{
	struct action *action = container_of(res, struct action, res);

	action->func(action->ctx);
}

int kunit_add_action(struct kunit *test, kunit_action_t *func, void *ctx)
{
	struct action *action = kzalloc(sizeof(*action), GFP_KERNEL);

	if (!action)
		return -ENOMEM;
	action->func = func;
	action->ctx = ctx;
	action->res.should_kfree = true;
	/* The resource is the action's first member: freeing it frees the action. */
	BUILD_BUG_ON(offsetof(struct action, res) != 0);
	return __kunit_add_resource(test, NULL, run_action, &action->res, action);
}

int kunit_add_action_or_reset(struct kunit *test, kunit_action_t *func, void *ctx)
{
	int error = kunit_add_action(test, func, ctx);

	if (error)
		func(ctx);
	return error;
}

static bool is_action(struct kunit *test, struct kunit_resource *res, void *match_data)
{
	struct action *sought = match_data;
	struct action *action = container_of(res, struct action, res);

	return res->free == run_action && action->func == sought->func && action->ctx == sought->ctx;
}

static struct kunit_resource *find_action(struct kunit *test, kunit_action_t *func, void *ctx)
{
	struct action sought = { .func = func, .ctx = ctx };

	return kunit_find_resource(test, is_action, &sought);
}

void kunit_remove_action(struct kunit *test, kunit_action_t *func, void *ctx)
{
	struct kunit_resource *res = find_action(test, func, ctx);

	if (!res)
		return;
	res->free = NULL;
	kunit_remove_resource(test, res);
	kunit_put_resource(res);
}

void kunit_release_action(struct kunit *test, kunit_action_t *func, void *ctx)
{
	struct kunit_resource *res = find_action(test, func, ctx);

	if (!res)
		return;
	kunit_remove_resource(test, res);
	/* Called with the last reference. */
	kunit_put_resource(res);
}

KUNIT_DEFINE_ACTION_WRAPPER(kfree_action, kfree, const void *)

void *kunit_kmalloc_array(struct kunit *test, size_t n, size_t size, gfp_t gfp)
{
	void *data = kmalloc_array(n, size, gfp);

	if (!data || kunit_add_action_or_reset(test, kfree_action, data))
		return NULL;
	return data;
}

void kunit_kfree(struct kunit *test, const void *ptr)
{
	if (ptr)
		kunit_release_action(test, kfree_action, (void *)ptr);
}

void kunit_kfree_const(struct kunit *test, const void *x)
{
	kunit_kfree(test, x);
}

char *kunit_kstrdup(struct kunit *test, const char *str, gfp_t gfp)
{
	size_t bytes;
	char *copy;

	if (!str)
		return NULL;
	bytes = strlen(str) + 1;
	copy = kunit_kmalloc(test, bytes, gfp);
	if (copy)
		memcpy(copy, str, bytes);
	return copy;
}

/* Constant strings cannot be recognized here. */
const char *kunit_kstrdup_const(struct kunit *test, const char *str, gfp_t gfp)
{
	return kunit_kstrdup(test, str, gfp);
}

/* A function that replaces another one. */
struct stub {
	void *real_fn;
	void *replacement;
};

static void free_stub(struct kunit_resource *res)
{
	kfree(res->data);
}

static bool is_stub(struct kunit *test, struct kunit_resource *res, void *real_fn)
{
	struct stub *stub = res->data;

	return res->free == free_stub && stub->real_fn == real_fn;
}

void *__kunit_static_stub(void *real_fn)
{
	struct kunit *test = kunit_get_current_test();
	struct kunit_resource *res = test ? kunit_find_resource(test, is_stub, real_fn) : NULL;
	void *replacement;

	if (!res)
		return NULL;
	replacement = ((struct stub *)res->data)->replacement;
	kunit_put_resource(res);
	return replacement;
}

void kunit_deactivate_static_stub(struct kunit *test, void *real_fn)
{
	kunit_destroy_resource(test, is_stub, real_fn);
}

void __kunit_activate_static_stub(struct kunit *test, void *real_fn, void *replacement)
{
	struct kunit_resource *res = kunit_find_resource(test, is_stub, real_fn);
	struct stub *stub;

	if (res) {
		((struct stub *)res->data)->replacement = replacement;
		kunit_put_resource(res);
		return;
	}
	stub = kmalloc(sizeof(*stub), GFP_KERNEL);
	if (!stub)
		return;
	stub->real_fn = real_fn;
	stub->replacement = replacement;
	kunit_alloc_resource(test, NULL, free_stub, GFP_KERNEL, stub);
}
