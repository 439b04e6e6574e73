// SPDX-License-Identifier: MIT
// A machine that matches "a": built from its bytes, cut short, with each byte changed, and with tables that lead nowhere.
#include "../security/apparmor/include/match.h"
#include "check.h"

enum { STATES = 3, PAIRS = 258 };

static u8 *blob;
static size_t used;

static void put(int bytes, u32 value)
{
	while (bytes-- > 0)
		blob[used++] = value >> 8 * bytes;
}

static void begin_table(int id, int width, u32 length)
{
	used = ALIGN(used, 8);
	put(2, id + 1);
	put(2, width);
	put(4, 0);
	put(4, length);
}

/* State 1 goes to state 2 for an "a", and to state 0, which matches nothing, for all others. */
static void build(void)
{
	blob = kzalloc(8192, GFP_KERNEL);
	put(4, YYTH_MAGIC);
	put(4, 16);
	put(4, 0);
	put(2, 0);
	used = 16;
	begin_table(YYTD_ID_ACCEPT, YYTD_DATA32, STATES);
	for (int i = 0; i < STATES; i++)
		put(4, i == 2);
	begin_table(YYTD_ID_BASE, YYTD_DATA32, STATES);
	for (int i = 0; i < STATES; i++)
		put(4, i == 1);
	begin_table(YYTD_ID_DEF, YYTD_DATA16, STATES);
	for (int i = 0; i < STATES; i++)
		put(2, 0);
	begin_table(YYTD_ID_NXT, YYTD_DATA16, PAIRS);
	for (int i = 0; i < PAIRS; i++)
		put(2, i == 1 + 'a' ? 2 : 0);
	begin_table(YYTD_ID_CHK, YYTD_DATA16, PAIRS);
	for (int i = 0; i < PAIRS; i++)
		put(2, i == 1 + 'a' ? 1 : 0);
	used = ALIGN(used, 8);
}

enum { FLAGS = TO_ACCEPT1_FLAG(YYTD_DATA32) | DFA_FLAG_VERIFY_STATES };

static long unpack(u8 *bytes, size_t size)
{
	struct aa_dfa *dfa = aa_dfa_unpack(bytes, size, FLAGS);

	if (IS_ERR(dfa))
		return PTR_ERR(dfa);
	/* What is taken can be used. */
	aa_dfa_match(dfa, 1, "abc");
	aa_dfa_free_kref(&dfa->count);
	return 0;
}

static int __init check_match(void)
{
	struct aa_dfa *dfa;

	build();
	dfa = aa_dfa_unpack(blob, used, FLAGS);
	CHECK(!IS_ERR(dfa));
	CHECK(aa_dfa_match(dfa, 1, "a") == 2 && aa_dfa_match(dfa, 1, "b") == 0 && aa_dfa_match(dfa, 1, "") == 1);
	CHECK(aa_dfa_match_len(dfa, 1, "ab", 1) == 2 && aa_dfa_match_len(dfa, 1, "ab", 2) == 0);
	CHECK(ACCEPT_TABLE(dfa)[2] == 1 && aa_dfa_match(dfa, 0, "a") == 0);
	aa_dfa_free_kref(&dfa->count);
	CHECK(refused_parts(unpack, blob, used) == used);
	parse_changed(unpack, blob, used);
	kfree(blob);
	return 0;
}
CHECKS(check_match);
