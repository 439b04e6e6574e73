/* SPDX-License-Identifier: MIT */
/* What a kernel's boot sets: it is over when a guest runs. */
#include <linux/cache.h>
#include <linux/init.h>
#include <linux/jump_label.h>
#include <linux/kernel.h>
#include <linux/mm.h>

bool static_key_initialized __read_mostly = true;
enum system_states system_state __read_mostly = SYSTEM_RUNNING;
unsigned long max_mapnr = ~0UL;
bool initcall_debug;
bool rodata_enabled;
char *saved_command_line = "";
unsigned int reset_devices;
