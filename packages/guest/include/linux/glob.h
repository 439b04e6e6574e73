/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_GLOB_H
#define _LINUX_GLOB_H

#include <linux/types.h>

/* Whether a whole string matches: * any characters, ? one, [a-z] or [!a-z] one in or not in a class, \ the next literally. */
bool glob_match(const char *pat, const char *str);

#endif
