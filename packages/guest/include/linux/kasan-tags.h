/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_KASAN_TAGS_H
#define _LINUX_KASAN_TAGS_H

#define KASAN_TAG_KERNEL 0xff
#define KASAN_TAG_INVALID 0xfe
#define KASAN_TAG_MAX 0xfd
#ifdef CONFIG_KASAN_HW_TAGS
#define KASAN_TAG_MIN 0xf0
#else
#define KASAN_TAG_MIN 0x00
#endif

#endif
