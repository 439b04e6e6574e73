/* SPDX-License-Identifier: MIT */
/* Softirqs run when a task lets others run: disabling them has no effect but on the count. */
#include <linux/bottom_half.h>
#include <linux/interrupt.h>
#include <linux/preempt.h>

void __local_bh_enable_ip(unsigned long ip, unsigned int cnt)
{
	preempt_count_sub(cnt);
}

void _local_bh_enable(void)
{
	preempt_count_sub(SOFTIRQ_DISABLE_OFFSET);
}
