/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_SIGNAL_H
#define _LINUX_SIGNAL_H

/* Signals are never sent; these are exit codes. */
#define SIGKILL 9
#define SIGSEGV 11

#endif
