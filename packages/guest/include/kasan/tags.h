/* SPDX-License-Identifier: MIT */
#ifndef _KASAN_TAGS_H
#define _KASAN_TAGS_H

/* A pointer's tag is its top byte; an untagged pointer extends bit 55. */
#define arch_kasan_set_tag(addr, tag) \
	((void *)(((unsigned long)(addr) & (~0UL >> 8)) | (unsigned long)(unsigned char)(tag) << 56))
#define arch_kasan_reset_tag(addr) ((void *)((long)((unsigned long)(addr) << 8) >> 8))
#define arch_kasan_get_tag(addr) ((unsigned char)((unsigned long)(addr) >> 56))

#endif
