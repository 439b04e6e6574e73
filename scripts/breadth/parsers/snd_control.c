// SPDX-License-Identifier: MIT
// Controls of a sound card: added, found by number and by name, in which order they come, and taken away.
#include <sound/control.h>
#include <sound/core.h>
#include "check.h"

static int get_nothing(struct snd_kcontrol *control, struct snd_ctl_elem_value *value)
{
	return 0;
}

static struct snd_kcontrol *new_control(const char *name, int count)
{
	const struct snd_kcontrol_new template = {
		.iface = SNDRV_CTL_ELEM_IFACE_MIXER, .name = name, .count = count,
		.info = snd_ctl_boolean_stereo_info, .get = get_nothing,
	};

	return snd_ctl_new1(&template, NULL);
}

static int __init check_controls(void)
{
	static const char *const choices[] = { "Line", "Microphone" };
	struct snd_card *card = kzalloc(sizeof(*card), GFP_KERNEL);
	struct snd_ctl_elem_info *info = kzalloc(sizeof(*info), GFP_KERNEL);
	struct snd_ctl_elem_id id = { .iface = SNDRV_CTL_ELEM_IFACE_MIXER, .name = "Volume", .index = 2 };
	struct snd_kcontrol *volume = new_control("Volume", 3), *mute = new_control("Switch", 1);

	init_rwsem(&card->controls_rwsem);
	rwlock_init(&card->controls_rwlock);
	INIT_LIST_HEAD(&card->controls);
	INIT_LIST_HEAD(&card->ctl_files);
	xa_init(&card->ctl_numids);
	xa_init(&card->ctl_hash);
	CHECK(snd_ctl_add(card, volume) == 0 && snd_ctl_add(card, mute) == 0 && card->controls_count == 4);
	CHECK(snd_ctl_add(card, new_control("Volume", 1)) == -EBUSY);
	CHECK(snd_ctl_find_numid(card, 4) == mute && snd_ctl_find_numid(card, 5) == NULL && snd_ctl_find_id(card, &id) == volume);
	CHECK(snd_ctl_get_ioff(volume, &id) == 2 && snd_ctl_boolean_stereo_info(volume, info) == 0 && info->count == 2);
	id.index = 3;
	CHECK(snd_ctl_find_id(card, &id) == NULL);
	memset(id.name, 'x', sizeof(id.name));
	CHECK(snd_ctl_find_id(card, &id) == NULL);
	/* Of choices beyond the last, the last. */
	info->value.enumerated.item = 99;
	CHECK(snd_ctl_enum_info(info, 1, 2, choices) == 0 && strcmp(info->value.enumerated.name, "Microphone") == 0);
	CHECK(snd_ctl_remove(card, volume) == 0 && card->controls_count == 1 && snd_ctl_find_numid(card, 1) == NULL);
	CHECK(snd_ctl_remove(card, mute) == 0 && list_empty(&card->controls));
	kfree(info);
	kfree(card);
	return 0;
}
CHECKS(check_controls);
