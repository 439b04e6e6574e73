/* SPDX-License-Identifier: MIT */
/* Identifiers that stand for those with more bits than there is room for (kernel/sys.c). */
#include <linux/highuid.h>

int overflowuid = DEFAULT_OVERFLOWUID;
int overflowgid = DEFAULT_OVERFLOWGID;
int fs_overflowuid = DEFAULT_FS_OVERFLOWUID;
int fs_overflowgid = DEFAULT_FS_OVERFLOWGID;
