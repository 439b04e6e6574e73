// SPDX-License-Identifier: MIT
// A security policy of one class, one type and one rule, in the oldest format: whole, cut short, and with each byte changed.
#include "security.h"
#include "../security/selinux/ss/policydb.h"
#include "../security/selinux/ss/services.h"
#include "check.h"

static u8 *policy;
static size_t used;

static void put(u32 number)
{
	put_unaligned_le32(number, policy + used);
	used += 4;
}

static void put_text(const char *text)
{
	memcpy(policy + used, text, strlen(text));
	used += strlen(text);
}

static void put_permission(const char *name, u32 value)
{
	put(strlen(name));
	put(value);
	put_text(name);
}

static void build(void)
{
	policy = kmalloc(1024, GFP_KERNEL);
	put(POLICYDB_MAGIC);
	put(strlen(POLICYDB_STRING));
	put_text(POLICYDB_STRING);
	put(POLICYDB_VERSION_BASE);
	put(0);
	/* Commons, classes, roles, types, users; and lists of contexts. */
	put(5);
	put(OCON_NUM - 3);
	put(0);
	put(0);
	/* A class with its permissions, no constraints */
	put(1);
	put(1);
	put(strlen("process"));
	put(0);
	put(1);
	put(2);
	put(2);
	put(0);
	put_text("process");
	put_permission("transition", 1);
	put_permission("dyntransition", 2);
	/* The role that every policy has, with two sets of bits that are empty */
	put(1);
	put(1);
	put(strlen(OBJECT_R));
	put(OBJECT_R_VAL);
	put_text(OBJECT_R);
	for (int i = 0; i < 2; i++) {
		put(64);
		put(0);
		put(0);
	}
	/* A type */
	put(1);
	put(1);
	put(1);
	put(1);
	put(1);
	put_text("t");
	put(0);
	put(0);
	/* One rule of five numbers: the type may do the first to itself. */
	put(1);
	put(5);
	put(1);
	put(1);
	put(1);
	put(AVTAB_ALLOWED);
	put(1);
	/* No roles change; no contexts */
	put(0);
	put(0);
	for (int i = 0; i < OCON_NUM - 3; i++)
		put(0);
	put(0);
}

static long read_policy(u8 *bytes, size_t size)
{
	struct policy_file file = { .data = bytes, .len = size };
	struct policydb db = {};
	int error = policydb_read(&db, &file);

	if (!error)
		policydb_destroy(&db);
	return error;
}

static int __init check_policy(void)
{
	struct policy_file file;
	struct policydb db = {};
	struct avtab_key key = { .source_type = 1, .target_type = 1, .target_class = 1, .specified = AVTAB_ALLOWED };
	struct avtab_node *rule;

	avtab_cache_init();
	ebitmap_cache_init();
	hashtab_cache_init();
	build();
	file = (struct policy_file){ .data = policy, .len = used };
	CHECK(policydb_read(&db, &file) == 0 && file.len == 0);
	CHECK(db.process_class == 1 && db.process_trans_perms == 3 && db.p_types.nprim == 1);
	rule = avtab_search_node(&db.te_avtab, &key);
	CHECK(rule && rule->datum.u.data == 1);
	policydb_destroy(&db);
	CHECK(refused_parts(read_policy, policy, used) == used);
	parse_changed(read_policy, policy, used);
	kfree(policy);
	return 0;
}
CHECKS(check_policy);
