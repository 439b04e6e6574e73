/* SPDX-License-Identifier: MIT */
/* The processors that there are. */
#include <linux/cpumask.h>

const struct cpumask __cpu_present_processors = { { 1 } };
