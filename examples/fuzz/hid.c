// SPDX-License-Identifier: MIT
/* A report descriptor: drivers/hid/hid-core.c. It is included, without what it does when it is loaded. */
#include <linux/err.h>
#include <linux/hid.h>
#include <linux/kfuzztest.h>
#include <linux/module.h>
#include <linux/slab.h>
#undef module_init
#define module_init(function) static int (*const start)(void) __maybe_unused = function;
#undef module_exit
#define module_exit(function) static void (*const stop)(void) __maybe_unused = function;
#include "hid-core.c"

static const struct hid_ll_driver transport;
static struct hid_driver driver;

FUZZ_TEST_SIMPLE(hid)
{
	struct hid_device *hid = hid_allocate_device();
	struct hid_report *report;
	u8 *bytes;
	int error;

	if (IS_ERR(hid))
		return PTR_ERR(hid);
	hid->ll_driver = &transport;
	hid->driver = &driver;
	hid->dev_rdesc = data;
	hid->dev_rsize = datalen;
	error = hid_open_report(hid);
	if (error)
		return error;
	list_for_each_entry(report, &hid->report_enum[HID_OUTPUT_REPORT].report_list, list) {
		bytes = hid_alloc_report_buf(report, GFP_KERNEL);
		if (bytes)
			hid_output_report(report, bytes);
		kfree(bytes);
	}
	return 0;
}
