/* SPDX-License-Identifier: MIT */
/* The log is the machine's; what decides whether a message is printed is not used. */
#include <linux/console.h>
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>

int console_printk[4] = { CONSOLE_LOGLEVEL_DEFAULT, MESSAGE_LOGLEVEL_DEFAULT, CONSOLE_LOGLEVEL_MIN, CONSOLE_LOGLEVEL_DEFAULT };
int suppress_printk;

int _printk_deferred(const char *fmt, ...)
{
	va_list args;
	int length;

	va_start(args, fmt);
	length = vprintk(fmt, args);
	va_end(args);
	return length;
}

int vprintk_emit(int facility, int level, const struct dev_printk_info *dev_info, const char *fmt, va_list args)
{
	return vprintk(fmt, args);
}

int __printk_ratelimit(const char *func)
{
	return 1;
}

bool printk_timed_ratelimit(unsigned long *caller_jiffies, unsigned int interval_msec)
{
	return true;
}

/* Nothing is deferred: the machine's log takes a message at any time. */
void __printk_deferred_enter(void)
{
}

void __printk_deferred_exit(void)
{
}
