// SPDX-License-Identifier: MIT
// Formats of sound: widths, signs, and the bytes of silence.
#include <sound/core.h>
#include <sound/pcm.h>
#include "check.h"

static int __init check_formats(void)
{
	u8 *bytes = kmalloc(6, GFP_KERNEL);

	CHECK(snd_pcm_format_width(SNDRV_PCM_FORMAT_S24_LE) == 24);
	CHECK(snd_pcm_format_physical_width(SNDRV_PCM_FORMAT_S24_LE) == 32);
	CHECK(snd_pcm_format_size(SNDRV_PCM_FORMAT_S16_BE, 3) == 6);
	CHECK(snd_pcm_format_signed(SNDRV_PCM_FORMAT_U8) == 0 && snd_pcm_format_big_endian(SNDRV_PCM_FORMAT_S16_BE) == 1);
	CHECK(snd_pcm_format_width((__force snd_pcm_format_t)9999) == -EINVAL);
	CHECK(snd_pcm_format_set_silence(SNDRV_PCM_FORMAT_U16_LE, bytes, 3) == 0);
	CHECK(memcmp(bytes, "\0\x80\0\x80\0\x80", 6) == 0);
	CHECK(snd_pcm_format_set_silence(SNDRV_PCM_FORMAT_U8, bytes, 6) == 0 && bytes[5] == 0x80);
	CHECK(snd_pcm_rate_to_rate_bit(48000) == SNDRV_PCM_RATE_48000);
	kfree(bytes);
	return 0;
}
CHECKS(check_formats);
