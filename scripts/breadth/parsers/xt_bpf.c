// SPDX-License-Identifier: MIT
// Programs of firewall rules: good ones, ones that jump or load from nowhere, and ones that do not end. A table of rules calls these
// functions, so they are reached from inside.
#include "../net/netfilter/xt_bpf.c"
#include "check.h"

static int program_is(const struct sock_filter *code, size_t length)
{
	struct xt_bpf_info *info = kzalloc(sizeof(*info), GFP_KERNEL);
	struct xt_mtchk_param check = { .matchinfo = info };
	struct xt_action_param action = { .matchinfo = info };
	struct xt_mtdtor_param end = { .matchinfo = info };
	struct sk_buff *skb = alloc_skb(64, GFP_KERNEL);

	memcpy(info->bpf_program, code, min(length, ARRAY_SIZE(info->bpf_program)) * sizeof(*code));
	info->bpf_program_num_elem = length;
	int result = bpf_mt_check(&check);

	if (!result) {
		memcpy(skb_put(skb, 4), "abcd", 4);
		result = bpf_mt(skb, &action);
		bpf_mt_destroy(&end);
	}
	kfree_skb(skb);
	kfree(info);
	return result;
}

#define PROGRAM_IS(...) program_is((struct sock_filter[]){ __VA_ARGS__ }, ARRAY_SIZE(((struct sock_filter[]){ __VA_ARGS__ })))

static int __init check_programs(void)
{
	static const struct sock_filter long_program[XT_BPF_MAX_NUM_INSTR + 1] = {
		[0 ... XT_BPF_MAX_NUM_INSTR] = BPF_STMT(BPF_RET | BPF_K, 1),
	};

	CHECK(PROGRAM_IS(BPF_STMT(BPF_RET | BPF_K, 1)) == 1 && PROGRAM_IS(BPF_STMT(BPF_RET | BPF_K, 0)) == 0);
	/* Whether the second byte is a b; a byte beyond the packet makes no match. */
	CHECK(PROGRAM_IS(BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 1), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 'b', 0, 1),
			 BPF_STMT(BPF_RET | BPF_K, 1), BPF_STMT(BPF_RET | BPF_K, 0)) == 1);
	CHECK(PROGRAM_IS(BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 4), BPF_STMT(BPF_RET | BPF_K, 1)) == 0);
	CHECK(PROGRAM_IS(BPF_STMT(BPF_LD | BPF_IMM, 1)) == -EINVAL);
	CHECK(PROGRAM_IS(BPF_JUMP(BPF_JMP | BPF_JA, 5, 0, 0), BPF_STMT(BPF_RET | BPF_K, 1)) == -EINVAL);
	CHECK(PROGRAM_IS(BPF_STMT(BPF_LD | BPF_MEM, 3), BPF_STMT(BPF_RET | BPF_A, 0)) == -EINVAL);
	CHECK(PROGRAM_IS(BPF_STMT(BPF_ST, BPF_MEMWORDS), BPF_STMT(BPF_RET | BPF_K, 1)) == -EINVAL);
	CHECK(PROGRAM_IS(BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0), BPF_STMT(BPF_RET | BPF_K, 1)) == -EINVAL);
	CHECK(program_is(long_program, XT_BPF_MAX_NUM_INSTR + 1) == -EINVAL);
	for (int code = 0; code < 65536; code += 251)
		PROGRAM_IS({ code, 1, 1, 3 }, BPF_STMT(BPF_RET | BPF_K, 1), BPF_STMT(BPF_RET | BPF_K, 0));
	return 0;
}
CHECKS(check_programs);
