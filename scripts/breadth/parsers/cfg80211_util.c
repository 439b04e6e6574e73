// SPDX-License-Identifier: MIT
// Frames and elements of wireless networks: lengths of headers, attributes in one element and in two, frames in a frame.
#include <net/cfg80211.h>
#include "check.h"

enum { CAPABILITY = IEEE80211_P2P_ATTR_CAPABILITY, NOA = IEEE80211_P2P_ATTR_ABSENCE_NOTICE };

static long capability_of(u8 *bytes, size_t size)
{
	u8 *out = kmalloc(2, GFP_KERNEL);
	int length = cfg80211_get_p2p_attr(bytes, size, CAPABILITY, out, 2);
	long value = length < 0 ? length : length << 16 | out[1] << 8 | out[0];

	kfree(out);
	return value;
}

static int __init check_wireless(void)
{
	/* Two elements of the Wi-Fi Alliance: the attribute's value begins in the first and ends in the second. */
	static const u8 elements[] = {
		WLAN_EID_VENDOR_SPECIFIC, 12, 0x50, 0x6f, 0x9a, 9, NOA, 1, 0, 5, CAPABILITY, 2, 0, 0x11,
		WLAN_EID_VENDOR_SPECIFIC, 5, 0x50, 0x6f, 0x9a, 9, 0x22,
	};

	CHECK(parse(capability_of, elements, sizeof(elements)) == (2 << 16 | 0x2211));
	CHECK(parse(capability_of, elements, 0) == -ENOENT);
	/* All but nothing, and the first element alone: half of the value is not the value. */
	CHECK(refused_parts(capability_of, elements, sizeof(elements)) == sizeof(elements));
	parse_changed(capability_of, elements, sizeof(elements));

	CHECK(ieee80211_hdrlen(cpu_to_le16(IEEE80211_FTYPE_DATA)) == 24);
	CHECK(ieee80211_hdrlen(cpu_to_le16(IEEE80211_FTYPE_DATA | IEEE80211_STYPE_QOS_DATA)) == 26);
	CHECK(ieee80211_hdrlen(cpu_to_le16(IEEE80211_FTYPE_DATA | IEEE80211_FCTL_TODS | IEEE80211_FCTL_FROMDS)) == 30);
	CHECK(ieee80211_hdrlen(cpu_to_le16(IEEE80211_FTYPE_CTL | IEEE80211_STYPE_ACK)) == 10);
	CHECK(ieee80211_channel_to_freq_khz(6, NL80211_BAND_2GHZ) == 2437000);
	CHECK(ieee80211_freq_khz_to_channel(5180000) == 36 && ieee80211_freq_khz_to_channel(2484000) == 14);
	return 0;
}
CHECKS(check_wireless);
