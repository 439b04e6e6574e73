/* SPDX-License-Identifier: MIT */
/*
 * Included before every file: the configuration of the modelled kernel, and
 * the compiler attributes that kernel code uses without including anything.
 */
#ifndef __LINUX_KCONFIG_H
#define __LINUX_KCONFIG_H

#define CONFIG_64BIT 1
#define CONFIG_MMU 1
#define CONFIG_SMP 1
#define CONFIG_NR_CPUS 8
#define CONFIG_HZ 250
#ifndef CONFIG_PAGE_SHIFT
#define CONFIG_PAGE_SHIFT 12
#endif
#define CONFIG_PREEMPT_NONE 1
#define CONFIG_SLUB 1
#define CONFIG_SLUB_DEBUG 1
#define CONFIG_SPARSEMEM_VMEMMAP 1
#define CONFIG_VMAP_STACK 1
#define CONFIG_MODULES 1
#define CONFIG_PRINTK 1
#define CONFIG_BUG 1
#define CONFIG_DEBUG_SPINLOCK 1
#define CONFIG_DEBUG_MUTEXES 1
#define CONFIG_STACKTRACE 1
#define CONFIG_STACKDEPOT 1
#define CONFIG_KALLSYMS 1
#define CONFIG_KUNIT 1
#define CONFIG_KUNIT_FAULT_TEST 1
#define CONFIG_CC_IS_CLANG 1
#define CONFIG_CLANG_VERSION (__clang_major__ * 10000 + __clang_minor__ * 100 + __clang_patchlevel__)
#define CONFIG_TRACEPOINTS 1
#define CONFIG_INIT_STACK_NONE 1

/* 1 for an option that is 1, 0 for an undefined one; usable in #if and in C. */
#define __kconfig_yes_1 ~,
#define __kconfig_second(a, b, ...) b
#define __kconfig_choose(comma) __kconfig_second(comma 1, 0)
#define __kconfig_paste(value) __kconfig_choose(__kconfig_yes_##value)
#define __kconfig_expand(value) __kconfig_paste(value)

#define IS_BUILTIN(option) __kconfig_expand(option)
#define IS_MODULE(option) __kconfig_expand(option##_MODULE)
#define IS_ENABLED(option) (IS_BUILTIN(option) || IS_MODULE(option))
#define IS_REACHABLE(option) IS_ENABLED(option)

/* The build defines the module's name; this is for builds that do not. */
#ifndef KBUILD_MODNAME
#define KBUILD_MODNAME "guest"
#endif
#ifndef KBUILD_BASENAME
#define KBUILD_BASENAME KBUILD_MODNAME
#endif

#include <linux/compiler_types.h>

#endif
