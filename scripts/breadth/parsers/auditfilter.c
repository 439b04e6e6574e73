// SPDX-License-Identifier: MIT
// Rules for records of system calls: added, added again, taken away, cut short, and with each byte changed.
#include <linux/audit.h>
#include "check.h"

int audit_rule_change(int type, int seq, void *data, size_t datasz);

static long add(u8 *bytes, size_t size)
{
	/* audit_receive_msg() has seen that the rule and its text are there. */
	struct audit_rule_data *rule = (void *)bytes;

	if (size < sizeof(*rule) || size - sizeof(*rule) < rule->buflen)
		return -ERANGE;
	int error = audit_rule_change(AUDIT_ADD_RULE, 1, bytes, size);

	if (!error)
		audit_rule_change(AUDIT_DEL_RULE, 1, bytes, size);
	return error;
}

static int __init check_rules(void)
{
	enum { SIZE = sizeof(struct audit_rule_data) + 3 };
	struct audit_rule_data *rule = kzalloc(SIZE, GFP_KERNEL);

	/* Exits of all calls by user 0, with a key. */
	rule->flags = AUDIT_FILTER_EXIT;
	rule->action = AUDIT_ALWAYS;
	rule->field_count = 2;
	memset(rule->mask, 255, sizeof(rule->mask));
	rule->fields[0] = AUDIT_UID;
	rule->fieldflags[0] = AUDIT_EQUAL;
	rule->fields[1] = AUDIT_FILTERKEY;
	rule->fieldflags[1] = AUDIT_EQUAL;
	rule->values[1] = 3;
	rule->buflen = 3;
	memcpy(rule->buf, "key", 3);
	CHECK(audit_rule_change(AUDIT_ADD_RULE, 1, rule, SIZE) == 0);
	CHECK(audit_rule_change(AUDIT_ADD_RULE, 1, rule, SIZE) == -EEXIST);
	CHECK(audit_rule_change(AUDIT_DEL_RULE, 1, rule, SIZE) == 0);
	CHECK(audit_rule_change(AUDIT_DEL_RULE, 1, rule, SIZE) == -ENOENT);
	CHECK(refused_parts(add, rule, SIZE) == SIZE);
	rule->values[1] = 4;
	CHECK(parse(add, rule, SIZE) == -EINVAL);
	rule->values[1] = 3;
	rule->field_count = AUDIT_MAX_FIELDS + 1;
	CHECK(parse(add, rule, SIZE) == -EINVAL);
	rule->field_count = 2;
	parse_changed(add, (void *)rule, offsetof(struct audit_rule_data, mask));
	kfree(rule);
	return 0;
}
CHECKS(check_rules);
