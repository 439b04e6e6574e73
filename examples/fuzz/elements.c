// SPDX-License-Identifier: MIT
/* Elements of a frame of IEEE 802.11: net/mac80211/parse.c. */
#include <linux/kfuzztest.h>
#include <linux/slab.h>
#include "ieee80211_i.h"

FUZZ_TEST_SIMPLE(elements)
{
	struct ieee802_11_elems *elements = ieee802_11_parse_elems(data, datalen, false, NULL);

	kfree(elements);
	return 0;
}
