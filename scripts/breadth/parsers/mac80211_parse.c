// SPDX-License-Identifier: MIT
// Elements of a beacon: found, cut short, and with each byte changed.
#include "../net/mac80211/ieee80211_i.h"
#include "check.h"

static struct ieee802_11_elems *elements_of(const u8 *bytes, size_t size)
{
	struct ieee80211_elems_parse_params params = {
		.mode = IEEE80211_CONN_MODE_HIGHEST, .start = bytes, .len = size, .link_id = -1, .from_ap = true,
	};

	return ieee802_11_parse_elems_full(&params);
}

/* What is found is read. */
static long find(u8 *bytes, size_t size)
{
	struct ieee802_11_elems *found = elements_of(bytes, size);
	long sum = 0;

	if (!found)
		return -ENOMEM;
	for (size_t i = 0; found->ssid && i < found->ssid_len; i++)
		sum += found->ssid[i];
	if (found->tim)
		sum += found->tim->dtim_period;
	if (found->ht_cap_elem)
		sum += found->ht_cap_elem->ampdu_params_info;
	bool bad = found->parse_error;

	kfree(found);
	return bad ? -EINVAL : sum;
}

static int __init check_elements(void)
{
	static const u8 beacon[] = {
		WLAN_EID_SSID, 3, 'a', 'b', 'c',
		WLAN_EID_SUPP_RATES, 2, 0x82, 0x84,
		WLAN_EID_DS_PARAMS, 1, 6,
		WLAN_EID_TIM, 4, 0, 3, 0, 0,
		/* HE operation, and a multi-link element, both too short. */
		WLAN_EID_EXTENSION, 2, WLAN_EID_EXT_HE_OPERATION, 0,
		WLAN_EID_EXTENSION, 4, WLAN_EID_EXT_EHT_MULTI_LINK, 0, 0, 2,
		WLAN_EID_VENDOR_SPECIFIC, 4, 0, 0x50, 0xf2, 1,
	};
	u8 *copy = kmemdup(beacon, sizeof(beacon), GFP_KERNEL);
	struct ieee802_11_elems *found = elements_of(copy, sizeof(beacon));

	CHECK(found && found->ssid_len == 3 && memcmp(found->ssid, "abc", 3) == 0);
	CHECK(found->supp_rates_len == 2 && found->ds_params[0] == 6 && found->tim->dtim_period == 3);
	CHECK(found->dtim_period == 3 && !found->he_operation);
	kfree(found);
	kfree(copy);
	/* Only those that end where an element does are good, as nothing is. */
	CHECK(parse(find, beacon, 4) == -EINVAL && parse(find, beacon, 5) == 'a' + 'b' + 'c' && parse(find, beacon, 0) == 0);
	refused_parts(find, beacon, sizeof(beacon));
	parse_changed(find, beacon, sizeof(beacon));
	return 0;
}
CHECKS(check_elements);
