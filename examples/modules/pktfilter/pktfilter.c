// SPDX-License-Identifier: MIT
/*
 * A packet filter: a small bytecode, a verifier that runs once, and an interpreter that runs for each packet.
 *
 * Bug: the interpreter checks that a load begins in the packet, not that it ends there.
 */
#include <linux/if_ether.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/unaligned.h>

enum pkt_op {
	PKT_LDB,	/* A = byte at k */
	PKT_LDH,	/* A = two bytes at k */
	PKT_ST,		/* M[k] = A */
	PKT_LD,		/* A = M[k] */
	PKT_AND,	/* A &= k */
	PKT_ADD,	/* A += M[k] */
	PKT_JEQ,	/* if (A != k) skip some instructions */
	PKT_RET,	/* return k */
};

#define PKT_CELLS	8
#define PKT_MAX_INSNS	64

struct pkt_insn {
	u8 op;
	u8 skip;
	u16 k;
};

struct pkt_filter {
	unsigned int count;
	struct pkt_insn insns[] __counted_by(count);
};

static int pkt_verify(const struct pkt_insn *insns, unsigned int count)
{
	unsigned int stored = 0;

	if (!count || count > PKT_MAX_INSNS)
		return -EINVAL;
	for (unsigned int i = 0; i < count; i++) {
		switch (insns[i].op) {
		case PKT_LDB:
		case PKT_LDH:
		case PKT_AND:
		case PKT_RET:
			break;
		case PKT_ST:
			if (insns[i].k >= PKT_CELLS)
				return -EINVAL;
			stored |= 1 << insns[i].k;
			break;
		case PKT_LD:
		case PKT_ADD:
			if (insns[i].k >= PKT_CELLS || !(stored & (1 << insns[i].k)))
				return -EINVAL;
			break;
		case PKT_JEQ:
			/* Only forward: a program ends. */
			if (insns[i].skip >= count - i - 1)
				return -EINVAL;
			break;
		default:
			return -EINVAL;
		}
	}
	return insns[count - 1].op == PKT_RET ? 0 : -EINVAL;
}

static struct pkt_filter *pkt_load(const struct pkt_insn *insns, unsigned int count)
{
	struct pkt_filter *filter;
	int error = pkt_verify(insns, count);

	if (error)
		return ERR_PTR(error);
	filter = kmalloc(struct_size(filter, insns, count), GFP_KERNEL);
	if (!filter)
		return ERR_PTR(-ENOMEM);
	filter->count = count;
	memcpy(filter->insns, insns, count * sizeof(*insns));
	return filter;
}

static noinline unsigned int pkt_run(const struct pkt_filter *filter, const u8 *packet, unsigned int length)
{
	u32 cells[PKT_CELLS] = {};
	u32 a = 0;

	for (const struct pkt_insn *insn = filter->insns;; insn++) {
		switch (insn->op) {
		case PKT_LDB:
			if (insn->k >= length)
				return 0;
			a = packet[insn->k];
			break;
		case PKT_LDH:
#ifdef SEEDED_BUG
			if (insn->k >= length)
#else
			if (insn->k + 2 > length)
#endif
				return 0;
			a = get_unaligned_be16(packet + insn->k);
			break;
		case PKT_ST:
			cells[insn->k] = a;
			break;
		case PKT_LD:
			a = cells[insn->k];
			break;
		case PKT_AND:
			a &= insn->k;
			break;
		case PKT_ADD:
			a += cells[insn->k];
			break;
		case PKT_JEQ:
			if (a != insn->k)
				insn += insn->skip;
			break;
		case PKT_RET:
			return insn->k;
		}
	}
}

/* Accepts IPv4 packets whose two bytes at 15 are 64. */
static const struct pkt_insn ip_packets[] = {
	{ PKT_LDH, .k = 12 },
	{ PKT_JEQ, .skip = 6, .k = ETH_P_IP },
	{ PKT_LDB, .k = 14 },
	{ PKT_ST, .k = 0 },
	{ PKT_LDH, .k = 15 },
	{ PKT_ADD, .k = 0 },
	{ PKT_JEQ, .skip = 1, .k = 0x45 + 64 },
	{ PKT_RET, .k = 1 },
	{ PKT_RET, .k = 0 },
};
static const struct pkt_insn jumps_out[] = { { PKT_JEQ, .skip = 1, .k = 0 }, { PKT_RET, .k = 1 } };
static const struct pkt_insn never_stored[] = { { PKT_LD, .k = 3 }, { PKT_RET, .k = 1 } };

static int __init pktfilter_init(void)
{
	struct pkt_filter *filter = pkt_load(ip_packets, ARRAY_SIZE(ip_packets));
	u8 header[] = { [12] = 0x08, 0x00, 0x45, 0x00, 0x40 };
	unsigned int whole, cut;
	u8 *packet;

	if (IS_ERR(filter))
		return PTR_ERR(filter);
	if (!IS_ERR(pkt_load(jumps_out, 2)) || !IS_ERR(pkt_load(never_stored, 2)))
		return -EINVAL;
	whole = pkt_run(filter, header, sizeof(header));
	/* A packet that ends in the middle of a field. */
	packet = kmemdup(header, 16, GFP_KERNEL);
	cut = packet ? pkt_run(filter, packet, 16) : 0;
	pr_info("pktfilter: whole packet: %u, cut packet: %u\n", whole, cut);
	kfree(packet);
	kfree(filter);
	return whole == 1 ? 0 : -EINVAL;
}

static void __exit pktfilter_exit(void)
{
}

module_init(pktfilter_init);
module_exit(pktfilter_exit);
MODULE_DESCRIPTION("Bytecode filter for packets");
MODULE_LICENSE("GPL");
