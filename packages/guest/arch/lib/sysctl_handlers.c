/* SPDX-License-Identifier: MIT */
/* How values of sysctl files are read and written. Without these options, the source's functions do nothing. */
#define KASAN_GUEST_FILES
#define CONFIG_SYSCTL 1
#define CONFIG_PROC_SYSCTL 1
/* Its entries are for variables of a processor's own code. */
#undef CONFIG_X86
#include "kernel/sysctl.c"
