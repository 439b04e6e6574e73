/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_INIT_H
#define _LINUX_INIT_H

#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/stringify.h>
#include <linux/types.h>

/* Nothing is discarded after boot. Variables have their sections, since those get no redzones; see __section(). */
#define __init
#define __exit
#define __initdata __section(".init.data")
#define __initconst __section(".init.rodata")
#define __exitdata __section(".exit.data")
#define __exit_p(x) (x)
#define __ref
#define __refdata __section(".ref.data")
#define __refconst __section(".ref.rodata")
#define __meminit
#define __meminitdata __initdata
#define __meminitconst __initconst
#define __devinit

typedef int (*initcall_t)(void);
typedef void (*exitcall_t)(void);

/* A unique name for each, by which the loader finds the function, whether static or not. */
#define __guest_alias(prefix, fn) \
	extern typeof(fn) __PASTE(__PASTE(prefix, KASAN_GUEST_UNIT), _##fn) __attribute__((__alias__(#fn)));
#define __initcall(fn) \
	_Static_assert(__same_type(fn, int(void)), #fn " must be: int " #fn "(void)"); \
	__guest_alias(__kasan_init_, fn)
#define __exitcall(fn) \
	_Static_assert(__same_type(fn, void(void)), #fn " must be: void " #fn "(void)"); \
	__guest_alias(__kasan_exit_, fn)

#define early_initcall(fn) __initcall(fn)
#define pure_initcall(fn) __initcall(fn)
#define core_initcall(fn) __initcall(fn)
#define postcore_initcall(fn) __initcall(fn)
#define arch_initcall(fn) __initcall(fn)
#define subsys_initcall(fn) __initcall(fn)
#define fs_initcall(fn) __initcall(fn)
#define rootfs_initcall(fn) __initcall(fn)
#define device_initcall(fn) __initcall(fn)
#define late_initcall(fn) __initcall(fn)
#define late_initcall_sync(fn) __initcall(fn)

#endif
