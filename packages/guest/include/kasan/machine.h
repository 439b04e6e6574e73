/* SPDX-License-Identifier: MIT */
#ifndef _KASAN_MACHINE_H
#define _KASAN_MACHINE_H

/* Declares a function as the machine's of another name: where that name is the guest's own, or an inline function of its headers. */
#define machine_function(name) __attribute__((import_module("env"), import_name(#name)))

#endif
