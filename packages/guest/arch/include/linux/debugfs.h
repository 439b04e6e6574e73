/* SPDX-License-Identifier: MIT */
/* The tree's, but modules have files in debugfs, which lib/debugfs.c keeps. The kernel's own parts have none. */
#include <linux/fs.h>
#include <linux/seq_file.h>
#if defined(MODULE) || defined(KASAN_GUEST_FILES)
#define CONFIG_DEBUG_FS 1
#endif
#include_next <linux/debugfs.h>
#undef CONFIG_DEBUG_FS
