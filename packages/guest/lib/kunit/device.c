/* SPDX-License-Identifier: MIT */
/* Devices for tests, on their own bus. */
#include <kunit/device.h>
#include <kunit/test.h>
#include <linux/device.h>

struct kunit_device {
	struct device dev;
	u64 dma_mask;
	struct device_driver *own_driver; /* created for this device, and removed with it */
};

KUNIT_DEFINE_ACTION_WRAPPER(unregister_device, device_unregister, struct device *);
KUNIT_DEFINE_ACTION_WRAPPER(unregister_driver, driver_unregister, struct device_driver *);

/* A device matches only the driver that it was registered with. */
static int match(struct device *dev, const struct device_driver *drv)
{
	return dev->platform_data == drv;
}

static const struct bus_type bus = { .name = "kunit", .match = match };

struct device_driver *kunit_driver_create(struct kunit *test, const char *name)
{
	struct device_driver *drv = kunit_kzalloc(test, sizeof(*drv), GFP_KERNEL);
	int error;

	if (!drv)
		return ERR_PTR(-ENOMEM);
	drv->name = kunit_kstrdup_const(test, name, GFP_KERNEL);
	drv->bus = &bus;
	error = drv->name ? driver_register(drv) : -ENOMEM;
	if (error) {
		kunit_kfree(test, drv);
		return ERR_PTR(error);
	}
	kunit_add_action(test, unregister_driver, drv);
	return drv;
}

static void release(struct device *dev)
{
	kfree(container_of(dev, struct kunit_device, dev));
}

struct device *kunit_device_register_with_driver(struct kunit *test, const char *name, const struct device_driver *drv)
{
	struct kunit_device *made = kzalloc(sizeof(*made), GFP_KERNEL);
	int error;

	if (!made)
		return ERR_PTR(-ENOMEM);
	made->dev.release = release;
	made->dev.bus = &bus;
	made->dev.platform_data = (void *)drv;
	made->dma_mask = made->dev.coherent_dma_mask = DMA_BIT_MASK(32);
	made->dev.dma_mask = &made->dma_mask;
	if (dev_set_name(&made->dev, "%s.%s", test->name, name)) {
		kfree(made);
		return ERR_PTR(-ENOMEM);
	}
	error = device_register(&made->dev);
	if (error) {
		put_device(&made->dev);
		return ERR_PTR(error);
	}
	kunit_add_action(test, unregister_device, &made->dev);
	return &made->dev;
}

struct device *kunit_device_register(struct kunit *test, const char *name)
{
	struct device_driver *drv = kunit_driver_create(test, name);
	struct device *dev;

	if (IS_ERR(drv))
		return ERR_CAST(drv);
	dev = kunit_device_register_with_driver(test, name, drv);
	if (IS_ERR(dev))
		kunit_release_action(test, unregister_driver, drv);
	else
		container_of(dev, struct kunit_device, dev)->own_driver = drv;
	return dev;
}

void kunit_device_unregister(struct kunit *test, struct device *dev)
{
	struct device_driver *drv = container_of(dev, struct kunit_device, dev)->own_driver;
	const char *name;

	kunit_release_action(test, unregister_device, dev);
	if (!drv)
		return;
	name = drv->name;
	kunit_release_action(test, unregister_driver, drv);
	kunit_kfree_const(test, name);
}
