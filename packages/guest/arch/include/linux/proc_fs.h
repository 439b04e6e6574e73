/* SPDX-License-Identifier: MIT */
/* The tree's, but modules have files in /proc, which lib/proc.c keeps. The kernel's own parts have none. */
#include <linux/fs.h>
#include <linux/seq_file.h>
#if defined(MODULE) || defined(KASAN_GUEST_FILES)
#define CONFIG_PROC_FS 1
#endif
#include_next <linux/proc_fs.h>
#undef CONFIG_PROC_FS
