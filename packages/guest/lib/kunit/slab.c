/* SPDX-License-Identifier: MIT */
/* Errors in slabs during tests: a test about them has a resource that counts them (mm/slub.c, slab_add_kunit_errors). */
#include <kunit/test.h>
#include <linux/sched.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 18, 0)
#include <kunit/resource.h>
#endif

/* Called by the machine. Returns whether a test counts errors: then they are not printed. */
bool kasan_guest_slab_errors(int errors)
{
	struct kunit *test = current->kunit_test;
	struct kunit_resource *resource = test ? kunit_find_named_resource(test, "slab_errors") : NULL;

	if (!resource)
		return false;
	*(int *)resource->data += errors;
	kunit_put_resource(resource);
	return true;
}
