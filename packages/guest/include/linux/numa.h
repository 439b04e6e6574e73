/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_NUMA_H
#define _LINUX_NUMA_H

/* There is one memory node. */
#define NUMA_NO_NODE (-1)
#define MAX_NUMNODES 1

#endif
