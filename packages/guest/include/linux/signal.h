/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_SIGNAL_H
#define _LINUX_SIGNAL_H

/* No signal is ever sent; these are exit codes. */
#define SIGKILL 9
#define SIGSEGV 11

#endif
