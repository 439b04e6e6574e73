/* SPDX-License-Identifier: MIT */
/* Devices and drivers, and their binding. */
#include <linux/device.h>
#include <linux/sprintf.h>

static LIST_HEAD(devices);
static LIST_HEAD(drivers);

static bool matches(struct device *dev, struct device_driver *drv)
{
	return dev->bus == drv->bus && (!drv->bus->match || drv->bus->match(dev, drv) > 0);
}

/* Returns whether the driver accepted the device. */
static bool bind(struct device *dev, struct device_driver *drv)
{
	int error = 0;

	dev->driver = drv;
	if (dev->bus->probe)
		error = dev->bus->probe(dev);
	else if (drv->probe)
		error = drv->probe(dev);
	if (error) {
		devres_release_all(dev);
		dev->driver = NULL;
	}
	return !error;
}

static void unbind(struct device *dev)
{
	if (!dev->driver)
		return;
	if (dev->bus->remove)
		dev->bus->remove(dev);
	else if (dev->driver->remove)
		dev->driver->remove(dev);
	devres_release_all(dev);
	dev->driver = NULL;
	dev->driver_data = NULL;
}

int driver_register(struct device_driver *drv)
{
	struct device_driver *other;
	struct device *dev;

	list_for_each_entry(other, &drivers, node) {
		if (other->bus == drv->bus && strcmp(other->name, drv->name) == 0) {
			pr_err("Error: Driver '%s' is already registered, aborting...\n", drv->name);
			return -EBUSY;
		}
	}
	list_add_tail(&drv->node, &drivers);
	list_for_each_entry(dev, &devices, node)
		if (!dev->driver && matches(dev, drv))
			bind(dev, drv);
	return 0;
}

void driver_unregister(struct device_driver *drv)
{
	struct device *dev;

	list_del(&drv->node);
	list_for_each_entry(dev, &devices, node)
		if (dev->driver == drv)
			unbind(dev);
}

void device_initialize(struct device *dev)
{
	kref_init(&dev->kref);
	mutex_init(&dev->mutex);
	spin_lock_init(&dev->devres_lock);
	INIT_LIST_HEAD(&dev->devres_head);
	INIT_LIST_HEAD(&dev->node);
}

int dev_set_name(struct device *dev, const char *name, ...)
{
	char *old = dev->name;
	va_list args;

	va_start(args, name);
	dev->name = kvasprintf(GFP_KERNEL, name, args);
	va_end(args);
	kfree(old);
	return dev->name ? 0 : -ENOMEM;
}

int device_add(struct device *dev)
{
	struct device_driver *drv;

	if (!get_device(dev))
		return -EINVAL;
	if (!dev_name(dev)) {
		put_device(dev);
		return -EINVAL;
	}
	get_device(dev->parent);
	list_add_tail(&dev->node, &devices);
	dev->registered = true;
	if (!dev->bus)
		return 0;
	list_for_each_entry(drv, &drivers, node)
		if (matches(dev, drv) && bind(dev, drv))
			break;
	return 0;
}

void device_del(struct device *dev)
{
	unbind(dev);
	devres_release_all(dev);
	list_del_init(&dev->node);
	dev->registered = false;
	put_device(dev->parent);
	put_device(dev);
}

int device_register(struct device *dev)
{
	device_initialize(dev);
	return device_add(dev);
}

void device_unregister(struct device *dev)
{
	device_del(dev);
	put_device(dev);
}

struct device *get_device(struct device *dev)
{
	if (dev)
		kref_get(&dev->kref);
	return dev;
}

static void release(struct kref *kref)
{
	struct device *dev = container_of(kref, struct device, kref);
	char *name = dev->name;

	devres_release_all(dev);
	if (dev->release)
		dev->release(dev);
	else
		WARN(1, "Device '%s' does not have a release() function, it is broken and must be fixed.\n",
		     dev_name(dev));
	kfree(name);
}

void put_device(struct device *dev)
{
	if (dev)
		kref_put(&dev->kref, release);
}

static void root_release(struct device *dev)
{
	kfree(dev);
}

struct device *root_device_register(const char *name)
{
	struct device *dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	int error;

	if (!dev)
		return ERR_PTR(-ENOMEM);
	dev->release = root_release;
	error = dev_set_name(dev, "%s", name) ?: device_register(dev);
	if (!error)
		return dev;
	kfree(dev->name);
	kfree(dev);
	return ERR_PTR(error);
}

void root_device_unregister(struct device *dev)
{
	device_unregister(dev);
}
