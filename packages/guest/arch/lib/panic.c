/* SPDX-License-Identifier: MIT */
/* Warnings. The machine prints them, and panics. */
#include <linux/bug.h>
#include <linux/panic.h>
#include <linux/notifier.h>
#if __has_include(<linux/panic_notifier.h>)
#include <linux/panic_notifier.h>
#endif
#include <linux/printk.h>
#include <linux/kernel.h>

void kasan_guest_warn_caller(const char *file, int line, const char *text);

/* The machine stops when it panics: nobody is told. */
ATOMIC_NOTIFIER_HEAD(panic_notifier_list);
int panic_on_warn;
int panic_timeout;
int oops_in_progress;
int panic_on_oops;
unsigned long panic_print;

void warn_slowpath_fmt(const char *file, const int line, unsigned int taint, const char *fmt, ...)
{
	char text[256];
	va_list args;

	if (!fmt) {
		kasan_guest_warn_caller(file, line, NULL);
		return;
	}
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	kasan_guest_warn_caller(file, line, text);
}

void __warn_printk(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vprintk(fmt, args);
	va_end(args);
}
