// SPDX-License-Identifier: MIT
/* A state machine of AppArmor's policies, and a text that it matches: security/apparmor/match.c. */
#include <linux/err.h>
#include <linux/kfuzztest.h>
#include "include/match.h"

FUZZ_TEST_SIMPLE(dfa)
{
	struct aa_dfa *dfa = aa_dfa_unpack(data, datalen, TO_ACCEPT1_FLAG(YYTD_DATA32) | TO_ACCEPT2_FLAG(YYTD_DATA32));

	if (IS_ERR(dfa))
		return PTR_ERR(dfa);
	aa_dfa_match(dfa, DFA_START, "/etc/passwd");
	aa_put_dfa(dfa);
	return 0;
}
