/* SPDX-License-Identifier: MIT */
/* The tree's, but modules have files in /proc/sys, which lib/sysctl.c keeps. The kernel's own parts have none. */
/* What it includes sees the option as it is. */
#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/rcupdate.h>
#include <linux/uidgid.h>
#include <linux/wait.h>
#if defined(CONFIG_SYSCTL)
#include_next <linux/sysctl.h>
#elif defined(MODULE) || defined(KASAN_GUEST_FILES)
#define CONFIG_SYSCTL 1
#include_next <linux/sysctl.h>
#undef CONFIG_SYSCTL
#else
#include_next <linux/sysctl.h>
#endif
