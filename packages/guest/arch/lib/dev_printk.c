/* SPDX-License-Identifier: MIT */
/* Messages about devices. */
#include <linux/device.h>
#include <linux/printk.h>

/* As a kernel without CONFIG_DYNAMIC_DEBUG prints them: driver, device, text. */
static void print_device(const char *level, const struct device *dev, struct va_format *text)
{
	if (dev)
		printk("%s%s %s: %pV", level, dev_driver_string(dev), dev_name(dev), text);
	else
		printk("%s(NULL device *): %pV", level, text);
}

void _dev_printk(const char *level, const struct device *dev, const char *fmt, ...)
{
	struct va_format text = { .fmt = fmt };
	va_list args;

	va_start(args, fmt);
	text.va = &args;
	print_device(level, dev, &text);
	va_end(args);
}

#define DEVICE_PRINTK(name, level) \
	void name(const struct device *dev, const char *fmt, ...) \
	{ \
		struct va_format text = { .fmt = fmt }; \
		va_list args; \
		 \
		va_start(args, fmt); \
		text.va = &args; \
		print_device(level, dev, &text); \
		va_end(args); \
	}
DEVICE_PRINTK(_dev_emerg, KERN_EMERG)
DEVICE_PRINTK(_dev_alert, KERN_ALERT)
DEVICE_PRINTK(_dev_crit, KERN_CRIT)
DEVICE_PRINTK(_dev_err, KERN_ERR)
DEVICE_PRINTK(_dev_warn, KERN_WARNING)
DEVICE_PRINTK(_dev_notice, KERN_NOTICE)
DEVICE_PRINTK(_dev_info, KERN_INFO)
