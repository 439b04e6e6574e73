// SPDX-License-Identifier: MIT
// Descriptors of USB audio devices: good ones, ones that are too short, and ones with more sources than they have room for.
#include <linux/usb.h>
#include <linux/usb/audio.h>
#include "check.h"

bool snd_usb_validate_audio_desc(void *p, int protocol);
bool snd_usb_validate_midi_desc(void *p);

/* As USB devices' descriptors are: the first byte is the length, which the caller has checked. */
static long valid(u8 *bytes, size_t size)
{
	if (size < 3 || bytes[0] > size)
		return -ERANGE;
	snd_usb_validate_midi_desc(bytes);
	return snd_usb_validate_audio_desc(bytes, UAC_VERSION_1) && snd_usb_validate_audio_desc(bytes, UAC_VERSION_2) ? 0 : -EINVAL;
}

static long valid_in_1(u8 *bytes, size_t size)
{
	return snd_usb_validate_audio_desc(bytes, UAC_VERSION_1) ? 0 : -EINVAL;
}

static int __init check_descriptors(void)
{
	static const u8 input[] = { 12, USB_DT_CS_INTERFACE, UAC_INPUT_TERMINAL, 1, 1, 1, 0, 2, 3, 0, 0, 0 };
	/* A mixer of two sources, with two channels out of one control's bits. */
	static const u8 mixer[] = { 13, USB_DT_CS_INTERFACE, UAC_MIXER_UNIT, 2, 2, 1, 1, 2, 3, 0, 0, 0, 0 };
	static const u8 selector[] = { 8, USB_DT_CS_INTERFACE, UAC_SELECTOR_UNIT, 3, 2, 1, 2, 0 };
	static const u8 feature[] = { 10, USB_DT_CS_INTERFACE, UAC_FEATURE_UNIT, 4, 1, 1, 3, 3, 3, 0 };
	static const struct { const u8 *bytes; size_t size; } good[] = {
		{ input, sizeof(input) }, { mixer, sizeof(mixer) }, { selector, sizeof(selector) }, { feature, sizeof(feature) },
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		CHECK(parse(valid_in_1, good[i].bytes, good[i].size) == 0);
		/* Shorter, by its own word as well. */
		for (u8 size = 3; size < good[i].size; size++) {
			u8 *shorter = kmemdup(good[i].bytes, size, GFP_KERNEL);

			shorter[0] = size;
			bool fits = snd_usb_validate_audio_desc(shorter, UAC_VERSION_1);

			kfree(shorter);
			/* Channels and controls are known only by what is left. */
			CHECK(!fits || size > 6);
		}
		parse_changed(valid, good[i].bytes, good[i].size);
	}
	return 0;
}
CHECKS(check_descriptors);
