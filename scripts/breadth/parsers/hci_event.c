// SPDX-License-Identifier: MIT
// Events of a Bluetooth controller: a device that was found, and every event, cut short at every length, with bytes of several kinds.
#include <net/bluetooth/bluetooth.h>
#include <net/bluetooth/hci_core.h>
#include "check.h"

static struct hci_dev *controller;

static void receive(const u8 *bytes, size_t size)
{
	struct sk_buff *skb = alloc_skb(size, GFP_KERNEL);

	memcpy(skb_put(skb, size), bytes, size);
	hci_event_packet(controller, skb);
}

static int __init check_events(void)
{
	/* An inquiry's result: one device, with its address, class and clock. */
	static const u8 found[] = { HCI_EV_INQUIRY_RESULT, 15, 1, 1, 2, 3, 4, 5, 6, 1, 0, 0, 0x0c, 0x02, 0x5a, 0x34, 0x12 };
	const bdaddr_t address = { .b = { 1, 2, 3, 4, 5, 6 } };
	struct inquiry_entry *entry;
	u8 *bytes = kmalloc(260, GFP_KERNEL);

	controller = hci_alloc_dev();
	CHECK(controller);
	controller->workqueue = alloc_ordered_workqueue("hci", WQ_HIGHPRI);
	controller->req_workqueue = alloc_ordered_workqueue("hci req", WQ_HIGHPRI);
	for (size_t size = 0; size < sizeof(found); size++) {
		receive(found, size);
		CHECK(hci_inquiry_cache_lookup(controller, (bdaddr_t *)&address) == NULL);
	}
	receive(found, sizeof(found));
	entry = hci_inquiry_cache_lookup(controller, (bdaddr_t *)&address);
	CHECK(entry && entry->data.dev_class[2] == 0x5a && entry->data.clock_offset == cpu_to_le16(0x1234));

	for (int event = 1; event < 256; event++) {
		/* What follows a hardware error is a reset of what is not there. */
		if (event == HCI_EV_HARDWARE_ERROR)
			continue;
		for (int fill = 0; fill < 256; fill += 85) {
			for (size_t size = 0; size <= 258; size = size * 3 / 2 + 1) {
				memset(bytes, fill, 260);
				bytes[0] = event;
				bytes[1] = max(size, 2) - 2;
				receive(bytes, size);
			}
		}
	}
	hci_inquiry_cache_flush(controller);
	kfree(bytes);
	return 0;
}
CHECKS(check_events);
