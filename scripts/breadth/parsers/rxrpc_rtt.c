// SPDX-License-Identifier: MIT
// Round-trip times: the first, those that follow, ones that cannot be, and time-outs that grow.
#include "../net/rxrpc/ar-internal.h"
#include "check.h"

static void measure(struct rxrpc_call *call, s64 microseconds)
{
	ktime_t sent = ktime_set(1000, 0);

	rxrpc_call_add_rtt(call, 0, 0, 1, 2, sent, ktime_add_us(sent, microseconds));
}

static int __init check_rtt(void)
{
	struct rxrpc_call *call = kzalloc(sizeof(*call), GFP_KERNEL);
	ktime_t before;

	call->peer = kzalloc(sizeof(*call->peer), GFP_KERNEL);
	rxrpc_call_init_rtt(call);
	before = rxrpc_get_rto_backoff(call, false);
	CHECK(before > 0);
	measure(call, -5);
	CHECK(call->rtt_taken == 0);
	measure(call, 100000);
	CHECK(call->rtt_taken == 1 && call->srtt_us == 800000 && call->rttvar_us == 200000 && call->peer->recent_srtt_us == 100000);
	for (int i = 0; i < 100; i++)
		measure(call, 20000);
	CHECK(call->peer->recent_srtt_us >= 20000 && call->peer->recent_srtt_us < 30000 && call->rtt_count == 3);
	CHECK(minmax_get(&call->min_rtt) == 20000);
	for (int i = 0; i < 50; i++) {
		ktime_t now = rxrpc_get_rto_backoff(call, true);

		CHECK(i == 0 || now >= before);
		before = now;
	}
	measure(call, S64_MAX / 4000);
	measure(call, 0);
	CHECK(call->srtt_us > 0 && rxrpc_get_rto_backoff(call, false) > 0);
	kfree(call->peer);
	kfree(call);
	return 0;
}
CHECKS(check_rtt);
