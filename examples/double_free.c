/* SPDX-License-Identifier: MIT */
/* double-free: the error path frees what the caller frees too. */
#include <linux/module.h>
#include <linux/slab.h>

struct request {
	int length;
	char data[60];
};

static noinline int submit(struct request *request)
{
	if (request->length > sizeof(request->data)) {
		kfree(request);
		return -EINVAL;
	}
	return 0;
}

static int __init double_free_init(void)
{
	struct request *request = kzalloc(sizeof(*request), GFP_KERNEL);

	if (!request)
		return -ENOMEM;
	request->length = 100;
	if (submit(request))
		pr_err("request refused\n");
	kfree(request);
	return 0;
}

module_init(double_free_init);
MODULE_LICENSE("GPL");
