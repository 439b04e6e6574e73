/* SPDX-License-Identifier: MIT */
#ifndef __KSELFTEST_MODULE_H
#define __KSELFTEST_MODULE_H

#include <linux/init.h>
#include <linux/module.h>
#include <linux/printk.h>

/* A module that runs tests when loaded: selftest() counts in these variables; the module's name forms its functions' names. */
#define KSTM_MODULE_GLOBALS() \
	static unsigned int total_tests __initdata; \
	static unsigned int failed_tests __initdata; \
	static unsigned int skipped_tests __initdata

#define KSTM_CHECK_ZERO(x) \
	do { \
		total_tests++; \
		if (x) { \
			pr_warn("TC failed at %s:%d\n", __func__, __LINE__); \
			failed_tests++; \
		} \
	} while (0)

static inline int kstm_report(unsigned int total, unsigned int failed, unsigned int skipped)
{
	if (failed) {
		pr_warn("failed %u out of %u tests\n", failed, total);
		return -EINVAL;
	}
	if (skipped) {
		pr_info("skipped %u tests\n", skipped);
		pr_info("remaining %u tests passed\n", total);
	} else {
		pr_info("all %u tests passed\n", total);
	}
	return 0;
}

#define KSTM_MODULE_LOADERS(__module) \
	static int __init __module##_init(void) \
	{ \
		pr_info("loaded.\n"); \
		selftest(); \
		return kstm_report(total_tests, failed_tests, skipped_tests); \
	} \
	static void __exit __module##_exit(void) \
	{ \
		pr_info("unloaded.\n"); \
	} \
	module_init(__module##_init); \
	module_exit(__module##_exit)

#endif
