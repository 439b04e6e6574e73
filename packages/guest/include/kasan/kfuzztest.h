/* SPDX-License-Identifier: MIT */
/*
 * A fuzz target, as linux/kfuzztest.h of the KFuzzTest proposal declares it (January 2026): the body gets an input as `data` and `datalen`.
 * Here, `kasan fuzz` calls it; there is no file in debugfs.
 */
#ifndef _KASAN_KFUZZTEST_H
#define _KASAN_KFUZZTEST_H

#include <linux/types.h>

#define FUZZ_TEST_SIMPLE(name)                                                \
	static ssize_t kfuzztest_logic_##name(char *data, size_t datalen);    \
	int kfuzztest_write_##name(char *data, size_t datalen);               \
	int kfuzztest_write_##name(char *data, size_t datalen)                \
	{                                                                     \
		return kfuzztest_logic_##name(data, datalen);                 \
	}                                                                     \
	static ssize_t kfuzztest_logic_##name(char *data, size_t datalen)

#endif
