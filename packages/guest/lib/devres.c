/* SPDX-License-Identifier: MIT */
/* Resources that are freed, or undone, with a device. */
#include <linux/device.h>
#include <linux/sprintf.h>

/* The data after it have the slab allocator's alignment for DMA. */
struct devres {
	struct list_head node;
	dr_release_t release;
	size_t size;
	u8 data[] __aligned(8);
};

static struct devres *of_data(void *data)
{
	return container_of(data, struct devres, data[0]);
}

void *__devres_alloc_node(dr_release_t release, size_t size, gfp_t gfp, int nid, const char *name)
{
	size_t bytes = size_add(sizeof(struct devres), size);
	struct devres *res = bytes == SIZE_MAX ? NULL : kzalloc(bytes, gfp);

	if (!res)
		return NULL;
	INIT_LIST_HEAD(&res->node);
	res->release = release;
	res->size = size;
	return res->data;
}

void devres_free(void *data)
{
	if (!data)
		return;
	WARN_ON(!list_empty(&of_data(data)->node));
	kfree(of_data(data));
}

void devres_add(struct device *dev, void *data)
{
	unsigned long flags;

	spin_lock_irqsave(&dev->devres_lock, flags);
	list_add_tail(&of_data(data)->node, &dev->devres_head);
	spin_unlock_irqrestore(&dev->devres_lock, flags);
}

/* The last one added. */
static struct devres *find(struct device *dev, dr_release_t release, dr_match_t match, void *match_data)
{
	struct devres *res;

	list_for_each_entry_reverse(res, &dev->devres_head, node)
		if (res->release == release && (!match || match(dev, res->data, match_data)))
			return res;
	return NULL;
}

void *devres_find(struct device *dev, dr_release_t release, dr_match_t match, void *match_data)
{
	struct devres *res;
	unsigned long flags;

	spin_lock_irqsave(&dev->devres_lock, flags);
	res = find(dev, release, match, match_data);
	spin_unlock_irqrestore(&dev->devres_lock, flags);
	return res ? res->data : NULL;
}

void *devres_remove(struct device *dev, dr_release_t release, dr_match_t match, void *match_data)
{
	struct devres *res;
	unsigned long flags;

	spin_lock_irqsave(&dev->devres_lock, flags);
	res = find(dev, release, match, match_data);
	if (res)
		list_del_init(&res->node);
	spin_unlock_irqrestore(&dev->devres_lock, flags);
	return res ? res->data : NULL;
}

int devres_destroy(struct device *dev, dr_release_t release, dr_match_t match, void *match_data)
{
	void *data = devres_remove(dev, release, match, match_data);

	devres_free(data);
	return data ? 0 : -ENOENT;
}

int devres_release(struct device *dev, dr_release_t release, dr_match_t match, void *match_data)
{
	void *data = devres_remove(dev, release, match, match_data);

	if (!data)
		return -ENOENT;
	release(dev, data);
	devres_free(data);
	return 0;
}

int devres_release_all(struct device *dev)
{
	int count = 0;

	while (!list_empty(&dev->devres_head)) {
		struct devres *res = list_last_entry(&dev->devres_head, struct devres, node);

		list_del_init(&res->node);
		res->release(dev, res->data);
		kfree(res);
		count++;
	}
	return count;
}

struct action {
	void (*fn)(void *data);
	void *data;
};

static void run_action(struct device *dev, void *data)
{
	struct action *action = data;

	action->fn(action->data);
}

static int same_action(struct device *dev, void *data, void *wanted)
{
	return memcmp(data, wanted, sizeof(struct action)) == 0;
}

int devm_add_action(struct device *dev, void (*fn)(void *data), void *data)
{
	struct action *action = devres_alloc(run_action, sizeof(*action), GFP_KERNEL);

	if (!action)
		return -ENOMEM;
	action->fn = fn;
	action->data = data;
	devres_add(dev, action);
	return 0;
}

int devm_add_action_or_reset(struct device *dev, void (*fn)(void *data), void *data)
{
	int error = devm_add_action(dev, fn, data);

	if (error)
		fn(data);
	return error;
}

void devm_remove_action(struct device *dev, void (*fn)(void *data), void *data)
{
	struct action wanted = { fn, data };

	WARN_ON(devres_destroy(dev, run_action, same_action, &wanted));
}

void devm_release_action(struct device *dev, void (*fn)(void *data), void *data)
{
	struct action wanted = { fn, data };

	WARN_ON(devres_release(dev, run_action, same_action, &wanted));
}

/* For memory, which only needs to be freed. */
static void nothing(struct device *dev, void *data)
{
}

static int same_data(struct device *dev, void *data, void *wanted)
{
	return data == wanted;
}

void *devm_kmalloc(struct device *dev, size_t size, gfp_t gfp)
{
	void *data;

	if (!size)
		return ZERO_SIZE_PTR;
	data = devres_alloc(nothing, size, gfp);
	if (data)
		devres_add(dev, data);
	return data;
}

void devm_kfree(struct device *dev, const void *p)
{
	if (!ZERO_OR_NULL_PTR(p))
		WARN_ON(devres_destroy(dev, nothing, same_data, (void *)p));
}

void *devm_krealloc(struct device *dev, void *ptr, size_t size, gfp_t gfp)
{
	void *moved;

	if (size == 0) {
		devm_kfree(dev, ptr);
		return ZERO_SIZE_PTR;
	}
	if (ZERO_OR_NULL_PTR(ptr))
		return devm_kmalloc(dev, size, gfp);
	if (WARN_ON(!devres_find(dev, nothing, same_data, ptr)))
		return NULL;
	moved = devm_kmalloc(dev, size, gfp);
	if (!moved)
		return NULL;
	memcpy(moved, ptr, min(size, of_data(ptr)->size));
	devm_kfree(dev, ptr);
	return moved;
}

void *devm_kmemdup(struct device *dev, const void *src, size_t len, gfp_t gfp)
{
	void *copy = devm_kmalloc(dev, len, gfp);

	if (copy)
		memcpy(copy, src, len);
	return copy;
}

char *devm_kstrdup(struct device *dev, const char *s, gfp_t gfp)
{
	return s ? devm_kmemdup(dev, s, strlen(s) + 1, gfp) : NULL;
}

char *devm_kvasprintf(struct device *dev, gfp_t gfp, const char *fmt, va_list ap)
{
	va_list again;
	char *text;
	int len;

	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	text = devm_kmalloc(dev, len + 1, gfp);
	if (text)
		vsnprintf(text, len + 1, fmt, ap);
	return text;
}

char *devm_kasprintf(struct device *dev, gfp_t gfp, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = devm_kvasprintf(dev, gfp, fmt, ap);
	va_end(ap);
	return text;
}
