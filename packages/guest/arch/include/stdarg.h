/* SPDX-License-Identifier: MIT */
/* Kernels before 5.16 include it. */
#include <kasan/stdarg.h>
