/* SPDX-License-Identifier: MIT */
/* The tree's; before 5.14, <linux/kernel.h> declares what is in it. */
#if __has_include_next(<linux/panic.h>)
#include_next <linux/panic.h>
#else
#include <linux/kernel.h>
#endif
