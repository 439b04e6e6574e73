/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_EXPORT_H
#define _LINUX_EXPORT_H

#include <linux/compiler.h>

/* Every non-static function of a guest is exported. */
#define EXPORT_SYMBOL(sym) extern typeof(sym) sym
#define EXPORT_SYMBOL_GPL(sym) extern typeof(sym) sym
#define EXPORT_SYMBOL_NS(sym, ns) extern typeof(sym) sym
#define EXPORT_SYMBOL_NS_GPL(sym, ns) extern typeof(sym) sym

#ifndef _LINUX_EXPORT_THIS_MODULE
#define _LINUX_EXPORT_THIS_MODULE
#define THIS_MODULE ((struct module *)0)
#endif

#endif
