// SPDX-License-Identifier: MIT
// A mouse's report descriptor: understood, cut short, and with each byte changed; reports that are too short.
#include <linux/hid.h>
#include "check.h"

static struct hid_driver driver = { .name = "check" };
static const struct hid_ll_driver transport = {};

static struct hid_device *open_report(const u8 *bytes, size_t size)
{
	struct hid_device *hid = hid_allocate_device();

	if (IS_ERR(hid))
		return hid;
	hid->driver = &driver;
	hid->ll_driver = &transport;
	int error = hid_parse_report(hid, bytes, size);

	if (!error)
		error = hid_open_report(hid);
	if (!error)
		return hid;
	hid_destroy_device(hid);
	return ERR_PTR(error);
}

static long understand(u8 *bytes, size_t size)
{
	struct hid_device *hid = open_report(bytes, size);

	if (IS_ERR(hid))
		return PTR_ERR(hid);
	hid_destroy_device(hid);
	return 0;
}

static int __init check_hid(void)
{
	static const u8 mouse[] = {
		0x05, 0x01, 0x09, 0x02, 0xa1, 0x01, 0x09, 0x01, 0xa1, 0x00,
		/* Three buttons of a bit, and five bits of nothing */
		0x05, 0x09, 0x19, 0x01, 0x29, 0x03, 0x15, 0x00, 0x25, 0x01, 0x95, 0x03, 0x75, 0x01, 0x81, 0x02,
		0x95, 0x01, 0x75, 0x05, 0x81, 0x03,
		/* X and Y of a byte, from -127 to 127 */
		0x05, 0x01, 0x09, 0x30, 0x09, 0x31, 0x15, 0x81, 0x25, 0x7f, 0x75, 0x08, 0x95, 0x02, 0x81, 0x06, 0xc0, 0xc0,
	};
	struct hid_device *hid = open_report(mouse, sizeof(mouse));
	struct hid_report *report;

	CHECK(!IS_ERR(hid));
	CHECK(hid->collection[0].usage == 0x10002 && hid->maxcollection == 2);
	report = hid->report_enum[HID_INPUT_REPORT].report_id_hash[0];
	CHECK(report && report->size == 24 && report->maxfield == 2 && report->field[1]->report_count == 2);
	CHECK(hid_field_extract(hid, (u8[]){ 0x34, 0x12 }, 4, 8) == 0x23);
	CHECK(report->field[1]->logical_minimum == -127);
	hid_destroy_device(hid);
	/* All that do not end outside of every collection. */
	CHECK(refused_parts(understand, mouse, sizeof(mouse)) >= sizeof(mouse) - 5);
	parse_changed(understand, mouse, sizeof(mouse));
	return 0;
}
CHECKS(check_hid);
