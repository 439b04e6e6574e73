/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_CPU_H_
#define _LINUX_CPU_H_

#include <linux/cpumask.h>
#include <linux/smp.h>

/* There is no CPU hotplug. */
enum cpuhp_state {
	CPUHP_INVALID = -1,
	CPUHP_OFFLINE = 0,
	CPUHP_RADIX_DEAD,
	CPUHP_AP_ONLINE_DYN,
};

#define cpuhp_setup_state(state, name, startup, teardown) ((void)(startup), (void)(teardown), 0)
#define cpuhp_setup_state_nocalls(state, name, startup, teardown) ((void)(startup), (void)(teardown), 0)
#define cpu_hotplug_disable() do { } while (0)
#define cpu_hotplug_enable() do { } while (0)
#define cpuhp_remove_state(state) ((void)(state))
#define cpuhp_remove_state_nocalls(state) ((void)(state))

#endif
