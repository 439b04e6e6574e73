/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_MODULE_PARAMS_H
#define _LINUX_MODULE_PARAMS_H

#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/init.h>
#include <linux/types.h>

/* The loader finds a parameter by this: the name of its type, and the variable. */
struct kasan_guest_param {
	const char *type;
	void *value;
};

/* C types for the types' names. */
typedef unsigned char __kasan_param_type_byte;
typedef short __kasan_param_type_short;
typedef unsigned short __kasan_param_type_ushort;
typedef int __kasan_param_type_int;
typedef unsigned int __kasan_param_type_uint;
typedef unsigned int __kasan_param_type_hexint;
typedef long __kasan_param_type_long;
typedef unsigned long __kasan_param_type_ulong;
typedef unsigned long long __kasan_param_type_ullong;
typedef bool __kasan_param_type_bool;
typedef char *__kasan_param_type_charp;

#define module_param_named(name, variable, type, perm) \
	_Static_assert(__builtin_types_compatible_p(typeof(variable), __kasan_param_type_##type), \
		       "parameter " #name ": the variable is not of type " #type); \
	struct kasan_guest_param __kasan_param_##name = { #type, (void *)&(variable) }
#define module_param(name, type, perm) module_param_named(name, name, type, perm)
#define module_param_unsafe(name, type, perm) module_param_named(name, name, type, perm)
#define module_param_named_unsafe(name, variable, type, perm) \
	module_param_named(name, variable, type, perm)
#define core_param(name, variable, type, perm) module_param_named(name, variable, type, perm)

/* Registered by name, so that setting one reports why it cannot be set. */
#define module_param_array(name, type, nump, perm) \
	struct kasan_guest_param __kasan_param_##name = { "array of " #type, (void *)&(name) }
#define module_param_array_named(name, array, type, nump, perm) \
	struct kasan_guest_param __kasan_param_##name = { "array of " #type, (void *)&(array) }
#define module_param_string(name, string, len, perm) \
	struct kasan_guest_param __kasan_param_##name = { "string", (string) }

#define MODULE_PARM_DESC(name, text) _Static_assert(sizeof("" text), #name)

#endif
