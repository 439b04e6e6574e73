/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_STRING_HELPERS_H_
#define _LINUX_STRING_HELPERS_H_

#include <linux/ctype.h>
#include <linux/string.h>
#include <linux/types.h>

#define str_yes_no(v) ((v) ? "yes" : "no")
#define str_on_off(v) ((v) ? "on" : "off")
#define str_enable_disable(v) ((v) ? "enable" : "disable")
#define str_enabled_disabled(v) ((v) ? "enabled" : "disabled")
#define str_true_false(v) ((v) ? "true" : "false")
#define str_read_write(v) ((v) ? "read" : "write")
#define str_up_down(v) ((v) ? "up" : "down")
#define str_plural(num) ((num) == 1 ? "" : "s")

static inline void string_upper(char *dst, const char *src)
{
	while ((*dst++ = toupper(*src++)))
		;
}

static inline void string_lower(char *dst, const char *src)
{
	while ((*dst++ = tolower(*src++)))
		;
}

#endif
