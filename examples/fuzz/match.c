// SPDX-License-Identifier: MIT
/* A pattern and a text, as the strings of a structure: lib/glob.c. */
#include <linux/glob.h>
#include <linux/kfuzztest.h>

struct match {
	const char *pattern;
	const char *text;
};

FUZZ_TEST(match, struct match)
{
	KFUZZTEST_EXPECT_NOT_NULL(match, pattern);
	KFUZZTEST_EXPECT_NOT_NULL(match, text);
	KFUZZTEST_ANNOTATE_STRING(match, pattern);
	KFUZZTEST_ANNOTATE_STRING(match, text);

	glob_match(arg->pattern, arg->text);
}
