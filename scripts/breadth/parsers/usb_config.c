// SPDX-License-Identifier: MIT
// A USB device's configuration: of two interfaces, cut short, and with each byte changed. Only a host can ask for one
// (usb_get_configuration), so the function that reads it is reached from inside.
#include "../drivers/usb/core/config.c"
#include "check.h"

static struct usb_device *device;

static long read_configuration(u8 *bytes, size_t size)
{
	struct usb_host_config *config = kzalloc(sizeof(*config), GFP_KERNEL);

	/* usb_get_configuration() asks for 9 bytes first. */
	int result = size < USB_DT_CONFIG_SIZE ? -EINVAL : usb_parse_configuration(device, 0, config, bytes, size);

	device->config = config;
	device->descriptor.bNumConfigurations = 1;
	device->rawdescriptors = NULL;
	if (!result)
		result = config->desc.bNumInterfaces;
	usb_destroy_configuration(device);
	return result;
}

static int __init check_configuration(void)
{
	static const u8 bytes[] = {
		9, USB_DT_CONFIG, 48, 0, 2, 1, 0, 0x80, 50,
		9, USB_DT_INTERFACE, 0, 0, 1, 3, 1, 2, 0,
		7, USB_DT_ENDPOINT, 0x81, 3, 8, 0, 10,
		9, USB_DT_INTERFACE, 1, 0, 1, 8, 6, 0x50, 0,
		7, USB_DT_ENDPOINT, 0x02, 2, 64, 0, 0,
		7, USB_DT_ENDPOINT, 0x02, 2, 64, 0, 0,
	};

	device = kzalloc(sizeof(*device), GFP_KERNEL);
	device_initialize(&device->dev);
	device->speed = USB_SPEED_FULL;
	CHECK(parse(read_configuration, bytes, sizeof(bytes)) == 2);
	/* Those without a whole first descriptor; the others are understood as far as they go. */
	CHECK(refused_parts(read_configuration, bytes, sizeof(bytes)) == USB_DT_CONFIG_SIZE);
	parse_changed(read_configuration, bytes, sizeof(bytes));
	return 0;
}
CHECKS(check_configuration);
