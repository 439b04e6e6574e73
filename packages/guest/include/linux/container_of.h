/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_CONTAINER_OF_H
#define _LINUX_CONTAINER_OF_H

#include <linux/build_bug.h>
#include <linux/stddef.h>

#define typeof_member(T, m) typeof(((T *)0)->m)

/* The structure that contains a member, given the member's address. */
#define container_of(ptr, type, member) \
	({ \
		void *__member = (void *)(ptr); \
		_Static_assert(__same_type(*(ptr), ((type *)0)->member) || __same_type(*(ptr), void), \
			       "container_of: the pointer is not to that member"); \
		(type *)(__member - offsetof(type, member)); \
	})

#define container_of_const(ptr, type, member) \
	_Generic(ptr, \
		const typeof(*(ptr)) *: (const type *)container_of(ptr, type, member), \
		default: (type *)container_of(ptr, type, member))

#endif
