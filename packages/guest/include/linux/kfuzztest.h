/* SPDX-License-Identifier: MIT */
#include <kasan/kfuzztest.h>
