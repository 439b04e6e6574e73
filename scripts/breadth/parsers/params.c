// SPDX-License-Identifier: MIT
// A command line: parameters that are known and unknown, quotes, and where parsing ends.
#include <linux/moduleparam.h>
#include "check.h"

static int number;
static const struct kernel_param known[] = {
	{ .name = "number", .ops = &param_ops_int, .level = -1, .arg = &number },
};

static char seen[64];

static int unknown(char *name, char *value, const char *doing, void *arg)
{
	strlcat(seen, name, sizeof(seen));
	strlcat(seen, value ? "=" : "", sizeof(seen));
	strlcat(seen, value ?: "", sizeof(seen));
	strlcat(seen, ";", sizeof(seen));
	return 0;
}

static char *parsed(const char *text)
{
	return parse_args("check", kstrdup(text, GFP_KERNEL), known, ARRAY_SIZE(known), -1, -1, NULL, unknown);
}

static int __init check_params(void)
{
	CHECK(parsed("a=1 number=42 b=\"two words\" c") == NULL);
	CHECK(number == 42);
	CHECK(strcmp(seen, "a=1;b=two words;c;") == 0);
	CHECK(strcmp(parsed("x -- rest of it"), "rest of it") == 0);
	CHECK(parsed("number=many") == ERR_PTR(-EINVAL));
	CHECK(parsed("number") == ERR_PTR(-EINVAL));
	CHECK(parsed("number=99999999999") == ERR_PTR(-ERANGE));
	CHECK(parsed("\"open") == NULL);
	CHECK(parameq("a-b", "a_b") && !parameqn("a-b", "a_c", 3));
	return 0;
}
CHECKS(check_params);
