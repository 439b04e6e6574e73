// SPDX-License-Identifier: MIT
// Identities of nodes as text: those that are text, those that are not, and those that are nothing.
#include "../net/tipc/addr.h"
#include "check.h"

static bool becomes(const char *id, const char *expected)
{
	u8 *bytes = kzalloc(NODE_ID_LEN, GFP_KERNEL);
	char *text = kmalloc(NODE_ID_STR_LEN, GFP_KERNEL);

	memcpy(bytes, id, strlen(id));
	tipc_nodeid2string(text, bytes);
	bool same = strcmp(text, expected) == 0;

	kfree(bytes);
	kfree(text);
	return same;
}

static int __init check_ids(void)
{
	CHECK(becomes("node-1", "node-1"));
	CHECK(becomes("0123456789abcdef", "0123456789abcdef"));
	CHECK(becomes("", ""));
	CHECK(becomes("\x01\xff", "01ff"));
	CHECK(becomes("/123456789abcde\xf0", "2f3132333435363738396162636465f"));
	CHECK(tipc_in_scope(false, 0, 5) && tipc_in_scope(false, 5, 5) && !tipc_in_scope(false, 0x01001000, 0x01001005));
	CHECK(tipc_in_scope(true, 0x01001000, 0x01001005) && tipc_in_scope(true, 0x01000000, 0x01001005));
	CHECK(!tipc_in_scope(true, 0x02000000, 0x01001005));
	return 0;
}
CHECKS(check_ids);
