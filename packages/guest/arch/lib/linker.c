/* SPDX-License-Identifier: MIT */
/* Symbols that a kernel's linker script defines. Nothing lies between them: code and data are the machine's to place. */
#define BOUNDS(start, end) char start[0], end[0]
BOUNDS(__start_rodata, __end_rodata);
BOUNDS(__lock_text_start, __lock_text_end);
BOUNDS(__sched_text_start, __sched_text_end);
BOUNDS(__irqentry_text_start, __irqentry_text_end);
BOUNDS(__softirqentry_text_start, __softirqentry_text_end);
BOUNDS(_text, _etext);
BOUNDS(_stext, _sdata);
BOUNDS(_edata, _end);
BOUNDS(__init_begin, __init_end);
BOUNDS(_sinittext, _einittext);
BOUNDS(__bss_start, __bss_stop);
BOUNDS(__start___param, __stop___param);
BOUNDS(__start_builtin_fw, __end_builtin_fw);
BOUNDS(__start_ro_after_init, __end_ro_after_init);
BOUNDS(__start_early_lsm_info, __end_early_lsm_info);
BOUNDS(__start_lsm_info, __end_lsm_info);
BOUNDS(__per_cpu_start, __per_cpu_end);
BOUNDS(__start___bug_table, __stop___bug_table);
BOUNDS(__start_once, __end_once);
void *__dso_handle;
