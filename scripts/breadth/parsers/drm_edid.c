// SPDX-License-Identifier: MIT
// What a monitor says of itself: with an extension for sound, cut short, with each byte changed, and with counts that are too high.
#include <drm/drm_edid.h>
#include "check.h"

enum { BLOCK = 128, SIZE = 2 * BLOCK };

static void sum(u8 *block)
{
	u8 total = 0;

	for (int i = 0; i < BLOCK - 1; i++)
		total += block[i];
	block[BLOCK - 1] = -total;
}

static long parse_edid(u8 *bytes, size_t size)
{
	const struct drm_edid *edid = drm_edid_alloc(bytes, size);
	struct cea_sad *sads = NULL;
	u8 *speakers = NULL;
	char name[14];

	if (!edid)
		return -EINVAL;
	bool valid = drm_edid_valid(edid);

	/* What is taken is looked into; its length has been checked then. */
	if (valid) {
		const struct edid *raw = drm_edid_raw(edid);

		drm_edid_get_monitor_name(raw, name, sizeof(name));
		if (drm_edid_to_sad(raw, &sads) > 0)
			kfree(sads);
		if (drm_edid_to_speaker_allocation(raw, &speakers) > 0)
			kfree(speakers);
		drm_detect_hdmi_monitor(raw);
		drm_detect_monitor_audio(raw);
	}
	drm_edid_free(edid);
	return valid ? 0 : -EINVAL;
}

static int __init check_edid(void)
{
	static const u8 header[] = { 0, 255, 255, 255, 255, 255, 255, 0, 0x2d, 0x6e, 1, 0, 1, 0, 0, 0, 1, 30, 1, 4, 0x80 };
	/* CEA, version 3, details at byte 16: sound of one kind, speakers, HDMI. */
	static const u8 extension[] = { 2, 3, 18, 0x40, 0x23, 9, 7, 7, 0x83, 1, 0, 0, 0x65, 3, 12, 0, 0x10, 0 };
	u8 *edid = kzalloc(SIZE, GFP_KERNEL), *speakers;
	struct cea_sad *sads;
	char name[14];

	memcpy(edid, header, sizeof(header));
	memcpy(edid + 54, (u8[]){ 0, 0, 0, 0xfc, 0, 'k', 'a', 's', 'a', 'n', '\n', ' ', ' ' }, 13);
	edid[126] = 1;
	sum(edid);
	memcpy(edid + BLOCK, extension, sizeof(extension));
	sum(edid + BLOCK);
	CHECK(parse(parse_edid, edid, SIZE) == 0);
	drm_edid_get_monitor_name((void *)edid, name, sizeof(name));
	CHECK(strcmp(name, "kasan") == 0);
	CHECK(drm_edid_to_sad((void *)edid, &sads) == 1 && sads->format == 1 && sads->channels == 1);
	kfree(sads);
	CHECK(drm_edid_to_speaker_allocation((void *)edid, &speakers) == 3 && speakers[0] == 1);
	kfree(speakers);
	CHECK(drm_detect_hdmi_monitor((void *)edid) && drm_detect_monitor_audio((void *)edid));
	CHECK(refused_parts(parse_edid, edid, SIZE) == SIZE);
	/* With the right sum, so that what they say is looked at. */
	for (int at = 0; at < SIZE; at++) {
		u8 before = edid[at];

		for (int value = 0; value < 256; value += 17) {
			edid[at] = value;
			sum(edid);
			sum(edid + BLOCK);
			parse(parse_edid, edid, SIZE);
		}
		edid[at] = before;
	}
	kfree(edid);
	return 0;
}
CHECKS(check_edid);
