// SPDX-License-Identifier: MIT
// Management frames with a code at their end that says whom they are from: good, replayed, cut short, and with each byte changed.
#include "../net/mac80211/ieee80211_i.h"
#include "../net/mac80211/wpa.h"
#include "check.h"

static struct ieee80211_key *key;

/* The hardware has seen that the code is right. */
static long receive(u8 *bytes, size_t size)
{
	struct ieee80211_rx_data rx = { .key = key, .skb = alloc_skb(size + 64, GFP_KERNEL) };

	/* A frame has its first two bytes, by which its kind is known. */
	memcpy(skb_put(rx.skb, max(size, 2)), bytes, size);
	IEEE80211_SKB_RXCB(rx.skb)->flag = RX_FLAG_DECRYPTED;
	memset(key->u.aes_cmac.rx_pn, 0, 6);
	key->u.aes_cmac.rx_pn[5] = 4;
	ieee80211_rx_result result = ieee80211_crypto_aes_cmac_decrypt(&rx);
	long length = rx.skb->len;

	kfree_skb(rx.skb);
	return result == RX_CONTINUE ? length : -(long)(__force u32)result;
}

static int __init check_wpa(void)
{
	enum { SIZE = 24 + 4 + sizeof(struct ieee80211_mmie) };
	u8 *frame = kzalloc(SIZE, GFP_KERNEL);
	struct ieee80211_mmie *code = (void *)(frame + 28);

	key = kzalloc(sizeof(*key), GFP_KERNEL);
	put_unaligned_le16(IEEE80211_FTYPE_MGMT | IEEE80211_STYPE_DEAUTH, frame);
	code->element_id = WLAN_EID_MMIE;
	code->length = sizeof(*code) - 2;
	code->sequence_number[0] = 5;
	CHECK(parse(receive, frame, SIZE) == 28 && key->u.aes_cmac.replays == 0);
	code->sequence_number[0] = 4;
	CHECK(parse(receive, frame, SIZE) == -(long)(__force u32)RX_DROP_U_REPLAY && key->u.aes_cmac.replays == 1);
	code->sequence_number[0] = 5;
	code->length++;
	CHECK(parse(receive, frame, SIZE) == -(long)(__force u32)RX_DROP_U_BAD_MMIE);
	code->length--;
	for (size_t size = 2; size < 24 + sizeof(*code); size++)
		CHECK(parse(receive, frame, size) == -(long)(__force u32)RX_DROP_U_SHORT_CMAC);
	for (size_t size = 24 + sizeof(*code); size < SIZE; size++)
		CHECK(parse(receive, frame, size) < 0);
	parse_changed(receive, frame, SIZE);
	kfree(frame);
	return 0;
}
CHECKS(check_wpa);
