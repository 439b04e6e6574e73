// SPDX-License-Identifier: MIT
/*
 * Takes apart netlink messages about wireless stations: attributes, a policy, a nested list of rates.
 *
 * Bug: the policy knows no longest name, so that a long one does not fit the array on the stack.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/netlink.h>

#define STATION_NAME	16
#define STATION_RATES	4

enum station_attr {
	STATION_A_UNSPEC,
	STATION_A_NAME,
	STATION_A_CHANNEL,
	STATION_A_RATES,
	STATION_A_RATE,
	__STATION_A_LAST,
};
#define STATION_A_MAX	(__STATION_A_LAST - 1)

static const struct nla_policy station_policy[STATION_A_MAX + 1] = {
#ifdef SEEDED_BUG
	[STATION_A_NAME]	= { .type = NLA_STRING },
#else
	[STATION_A_NAME]	= { .type = NLA_STRING, .len = STATION_NAME - 1 },
#endif
	[STATION_A_CHANNEL]	= NLA_POLICY_RANGE(NLA_U16, 1, 196),
	[STATION_A_RATES]	= { .type = NLA_NESTED },
	[STATION_A_RATE]	= { .type = NLA_U32 },
};

struct station {
	struct list_head node;
	u16 channel;
	unsigned int rate_count;
	u32 rates[STATION_RATES];
	char *name;
};

static LIST_HEAD(stations);

static int station_rates(struct station *station, const struct nlattr *rates)
{
	const struct nlattr *rate;
	int left;

	nla_for_each_nested(rate, rates, left) {
		if (nla_type(rate) != STATION_A_RATE || nla_len(rate) < sizeof(u32))
			return -EINVAL;
		if (station->rate_count == STATION_RATES)
			return -E2BIG;
		station->rates[station->rate_count++] = nla_get_u32(rate);
	}
	return 0;
}

static noinline char *station_name(const struct nlattr *attr)
{
	char name[STATION_NAME] = {};

	memcpy(name, nla_data(attr), nla_len(attr));
	return kstrdup(strim(name), GFP_KERNEL);
}

static int station_new(const struct nlattr *attrs, int length)
{
	struct netlink_ext_ack extack = {};
	struct nlattr *tb[STATION_A_MAX + 1];
	struct station *station;
	int error = nla_parse(tb, STATION_A_MAX, attrs, length, station_policy, &extack);

	if (error) {
		pr_info("station: refused: %s\n", extack._msg ?: "malformed");
		return error;
	}
	if (!tb[STATION_A_NAME] || !tb[STATION_A_CHANNEL])
		return -EINVAL;
	station = kzalloc(sizeof(*station), GFP_KERNEL);
	if (!station)
		return -ENOMEM;
	station->channel = nla_get_u16(tb[STATION_A_CHANNEL]);
	station->name = station_name(tb[STATION_A_NAME]);
	error = station->name ? 0 : -ENOMEM;
	if (!error && tb[STATION_A_RATES])
		error = station_rates(station, tb[STATION_A_RATES]);
	if (error) {
		kfree(station->name);
		kfree(station);
		return error;
	}
	list_add_tail(&station->node, &stations);
	pr_info("station: %s on channel %u, %u rates\n", station->name, station->channel, station->rate_count);
	return 0;
}

/* Writes an attribute as user space does. Returns what follows it. */
static void *put(void *to, u16 type, const void *data, u16 length)
{
	struct nlattr *attr = to;

	attr->nla_type = type;
	attr->nla_len = nla_attr_size(length);
	if (data)
		memcpy(nla_data(attr), data, length);
	return to + nla_total_size(length);
}

static int __init send(const char *name, u16 channel)
{
	u32 rates[] = { 6000, 54000 };
	u8 *message = kzalloc(256, GFP_KERNEL);
	void *end, *nested;
	int result;

	if (!message)
		return -ENOMEM;
	end = put(message, STATION_A_NAME, name, strlen(name));
	end = put(end, STATION_A_CHANNEL, &channel, sizeof(channel));
	nested = end;
	end = put(end, STATION_A_RATES | NLA_F_NESTED, NULL, 2 * nla_total_size(sizeof(u32)));
	put(put(nested + NLA_HDRLEN, STATION_A_RATE, &rates[0], sizeof(u32)), STATION_A_RATE, &rates[1], sizeof(u32));
	result = station_new((struct nlattr *)message, (u8 *)end - message);
	kfree(message);
	return result;
}

static void free_stations(void)
{
	struct station *station, *next;

	list_for_each_entry_safe(station, next, &stations, node) {
		kfree(station->name);
		kfree(station);
	}
}

static int __init station_init(void)
{
	int error = send("kitchen", 36);

	if (!error && send("cellar", 300) != -ERANGE)
		error = -EINVAL;
	if (error) {
		free_stations();
		return error;
	}
	send("garden behind the house", 11);
	return 0;
}

static void __exit station_exit(void)
{
	free_stations();
}

module_init(station_init);
module_exit(station_exit);
MODULE_DESCRIPTION("Netlink messages about stations");
MODULE_LICENSE("GPL");
