// SPDX-License-Identifier: MIT
// Data of a Bluetooth connection: a request that is answered, in one part and in two, and commands of all kinds, cut short at every length.
#include <net/bluetooth/bluetooth.h>
#include <net/bluetooth/hci_core.h>
#include <net/bluetooth/l2cap.h>
#include "check.h"

static struct hci_conn *connection;
static struct hci_chan *channel;

static void receive(const u8 *bytes, size_t size, u16 flags)
{
	struct sk_buff *skb = alloc_skb(size, GFP_KERNEL);

	memcpy(skb_put(skb, size), bytes, size);
	l2cap_recv_acldata(connection, skb, flags);
}

/* The code of the command that is sent; 0: none is. Data of 4 bytes of ACL and 4 of L2CAP comes before it. */
static int sent(void)
{
	struct sk_buff *skb;
	int code = 0;

	while ((skb = skb_dequeue(&channel->data_q))) {
		code = skb->data[8];
		kfree_skb(skb);
	}
	return code;
}

static int __init check_l2cap(void)
{
	/* 6 bytes for channel 1: an echo request, its number, 2 bytes */
	static const u8 echo[] = { 6, 0, 1, 0, L2CAP_ECHO_REQ, 1, 2, 0, 'h', 'i' };
	struct hci_dev *controller = hci_alloc_dev();
	bdaddr_t address = { .b = { 1, 2, 3, 4, 5, 6 } };
	u8 *bytes = kzalloc(128, GFP_KERNEL);

	CHECK(controller);
	controller->workqueue = alloc_ordered_workqueue("hci", WQ_HIGHPRI);
	controller->req_workqueue = alloc_ordered_workqueue("hci req", WQ_HIGHPRI);
	controller->acl_mtu = 128;
	controller->acl_pkts = 1;
	connection = hci_conn_add(controller, ACL_LINK, &address, HCI_ROLE_SLAVE, 1);
	CHECK(!IS_ERR(connection));
	connection->state = BT_CONNECTED;
	receive(echo, 2, ACL_START);
	CHECK(connection->l2cap_data);
	channel = list_first_entry(&connection->chan_list, struct hci_chan, list);
	/* The rest of it comes later. */
	receive(echo + 2, sizeof(echo) - 2, ACL_CONT);
	CHECK(sent() == L2CAP_ECHO_RSP);
	receive(echo, sizeof(echo), ACL_START);
	CHECK(sent() == L2CAP_ECHO_RSP);
	/* A rest without a beginning */
	receive(echo, sizeof(echo), ACL_CONT);
	CHECK(sent() == 0);
	/* A command that goes on behind the data's end is refused. */
	memcpy(bytes, echo, sizeof(echo));
	bytes[0] = 5;
	receive(bytes, sizeof(echo), ACL_START);
	CHECK(sent() == L2CAP_COMMAND_REJ);
	/* Commands that nobody knows are refused. */
	memcpy(bytes, echo, sizeof(echo));
	bytes[4] = 0x77;
	receive(bytes, sizeof(echo), ACL_START);
	CHECK(sent() == L2CAP_COMMAND_REJ);

	for (int code = 0; code < 0x30; code++) {
		for (int fill = 0; fill < 256; fill += 51) {
			for (size_t size = 4; size <= 40; size++) {
				memset(bytes, fill, 128);
				memcpy(bytes, (u8[]){ size, 0, 1, 0, code, 1, size - 4, 0 }, 8);
				receive(bytes, size + 4, ACL_START);
				/* It says more than there is. */
				bytes[6] = 200;
				receive(bytes, size + 4, ACL_START);
			}
		}
		sent();
	}
	kfree(bytes);
	return 0;
}
CHECKS(check_l2cap);
