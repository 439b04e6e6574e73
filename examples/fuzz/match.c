// SPDX-License-Identifier: MIT
/* A pattern and a text, as the strings of a structure: lib/glob.c. */
#include <linux/compiler.h>
#include <linux/glob.h>
#include <linux/kfuzztest.h>

struct match {
	const char *pattern;
	const char *text;
};

FUZZ_TEST(match, struct match)
{
	bool matches;

	KFUZZTEST_EXPECT_NOT_NULL(match, pattern);
	KFUZZTEST_EXPECT_NOT_NULL(match, text);
	KFUZZTEST_ANNOTATE_STRING(match, pattern);
	KFUZZTEST_ANNOTATE_STRING(match, text);

	matches = glob_match(arg->pattern, arg->text);
	OPTIMIZER_HIDE_VAR(matches);
}
