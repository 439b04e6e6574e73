// SPDX-License-Identifier: MIT
/* Descriptors of USB: drivers/usb/core/config.c, which is included for a function of its own, usb.c and message.c. */
#include <linux/kfuzztest.h>
#include <linux/slab.h>
#include "config.c"
#include <linux/usb/cdc.h>

/* A device's configuration, with its interfaces and endpoints. */
FUZZ_TEST_SIMPLE(configuration)
{
	struct usb_device *device = kzalloc(sizeof(*device), GFP_KERNEL);
	struct usb_host_config *configuration = kzalloc(sizeof(*configuration), GFP_KERNEL);

	if (!device || !configuration || datalen < USB_DT_CONFIG_SIZE)
		return -EINVAL;
	device->speed = USB_SPEED_SUPER_PLUS;
	return usb_parse_configuration(device, 0, configuration, data, datalen);
}

/* What follows an interface's descriptor. */
FUZZ_TEST_SIMPLE(extra)
{
	struct usb_cdc_parsed_header header;
	struct usb_interface *interface = kzalloc(sizeof(*interface), GFP_KERNEL);
	struct usb_ss_ep_comp_descriptor *companion;

	if (!interface)
		return -ENOMEM;
	if (!__usb_get_extra_descriptor(data, datalen, USB_DT_SS_ENDPOINT_COMP, (void **)&companion, sizeof(*companion)) &&
	    companion->wBytesPerInterval)
		return 1;
	return cdc_parse_cdc_header(&header, interface, data, datalen);
}
