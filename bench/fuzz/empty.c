/* SPDX-License-Identifier: MIT */
/* Nothing: what an execution costs besides. */
#include "target.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	return 0;
}
