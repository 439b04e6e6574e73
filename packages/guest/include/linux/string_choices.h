/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_STRING_CHOICES_H_
#define _LINUX_STRING_CHOICES_H_

#include <linux/types.h>

#define str_yes_no(v) ((v) ? "yes" : "no")
#define str_on_off(v) ((v) ? "on" : "off")
#define str_enable_disable(v) ((v) ? "enable" : "disable")
#define str_enabled_disabled(v) ((v) ? "enabled" : "disabled")
#define str_true_false(v) ((v) ? "true" : "false")
#define str_read_write(v) ((v) ? "read" : "write")
#define str_up_down(v) ((v) ? "up" : "down")
#define str_plural(num) ((num) == 1 ? "" : "s")
#define str_disable_enable(v) str_enable_disable(!(v))
#define str_disabled_enabled(v) str_enabled_disabled(!(v))
#define str_hi_lo(v) ((v) ? "hi" : "lo")
#define str_lo_hi(v) str_hi_lo(!(v))
#define str_high_low(v) ((v) ? "high" : "low")
#define str_low_high(v) str_high_low(!(v))
#define str_write_read(v) str_read_write(!(v))
#define str_off_on(v) str_on_off(!(v))
#define str_down_up(v) str_up_down(!(v))
#define str_no_yes(v) str_yes_no(!(v))

#endif
