// SPDX-License-Identifier: MIT
// Programs of BPF: run by the interpreter, with jumps, memory on the stack, and packets that are too short.
#include <linux/bpf.h>
#include <linux/filter.h>
#include "check.h"

/* The lower half of what a program returns. */
static u64 run(const struct bpf_insn *code, size_t length, const void *context)
{
	struct bpf_prog *program = bpf_prog_alloc(bpf_prog_size(length), 0);
	int error = 0;

	memcpy(program->insnsi, code, length * sizeof(*code));
	program->len = length;
	program->type = BPF_PROG_TYPE_SOCKET_FILTER;
	program->aux->stack_depth = 64;
	program = bpf_prog_select_runtime(program, &error);
	u64 result = error ? error : bpf_prog_run(program, context);

	bpf_prog_free(program);
	return result;
}

#define RUN(context, ...) run((struct bpf_insn[]){ __VA_ARGS__ }, ARRAY_SIZE(((struct bpf_insn[]){ __VA_ARGS__ })), context)

static int __init check_bpf(void)
{
	u32 *numbers = kmemdup((u32[]){ 7, 8 }, 8, GFP_KERNEL);

	CHECK(RUN(NULL, BPF_MOV64_IMM(BPF_REG_0, 42), BPF_EXIT_INSN()) == 42);
	/* 1 + 2 + … + 10 */
	CHECK(RUN(NULL, BPF_MOV64_IMM(BPF_REG_0, 0), BPF_MOV64_IMM(BPF_REG_2, 10), BPF_ALU64_REG(BPF_ADD, BPF_REG_0, BPF_REG_2),
		  BPF_ALU64_IMM(BPF_SUB, BPF_REG_2, 1), BPF_JMP_IMM(BPF_JNE, BPF_REG_2, 0, -3), BPF_EXIT_INSN()) == 55);
	CHECK(RUN(numbers, BPF_LDX_MEM(BPF_W, BPF_REG_0, BPF_REG_1, 4), BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_0, -8),
		  BPF_LDX_MEM(BPF_B, BPF_REG_0, BPF_REG_10, -8), BPF_EXIT_INSN()) == 8);
	/* A shift by more than 63 is one by its lowest six bits. What divides by 0 does not get past the verifier. */
	CHECK(RUN(NULL, BPF_MOV64_IMM(BPF_REG_0, 1), BPF_MOV64_IMM(BPF_REG_2, 65), BPF_ALU64_REG(BPF_LSH, BPF_REG_0, BPF_REG_2), BPF_EXIT_INSN()) == 2);
	CHECK((u32)RUN(NULL, BPF_MOV32_IMM(BPF_REG_0, 0x11223344), BPF_ENDIAN(BPF_TO_BE, BPF_REG_0, 32), BPF_EXIT_INSN()) == 0x44332211);
	CHECK(RUN(NULL, BPF_LD_IMM64(BPF_REG_0, 0x123456789abcdefULL), BPF_EXIT_INSN()) == 0x89abcdef);
	CHECK(RUN(NULL, BPF_LD_IMM64(BPF_REG_0, 0x123456789abcdefULL), BPF_ALU64_IMM(BPF_RSH, BPF_REG_0, 32), BPF_EXIT_INSN()) == 0x1234567);
	CHECK(RUN(NULL, BPF_MOV64_IMM(BPF_REG_0, -1), BPF_ALU32_IMM(BPF_ADD, BPF_REG_0, 0), BPF_EXIT_INSN()) == U32_MAX);
	kfree(numbers);
	return 0;
}
CHECKS(check_bpf);
