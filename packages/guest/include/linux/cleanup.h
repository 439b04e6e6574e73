/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_CLEANUP_H
#define _LINUX_CLEANUP_H

#include <linux/compiler.h>
#include <linux/err.h>

/* Variables that are cleaned up at the end of their scope. In the cleanup, _T is the variable. */
#define DEFINE_FREE(_name, _type, _free) \
	static __always_inline void __free_##_name(void *p) \
	{ \
		_type _T = *(_type *)p; \
		_free; \
	}
#define __free(_name) __cleanup(__free_##_name)

/* The pointer, which is then no longer cleaned up. */
#define no_free_ptr(p) \
	({ \
		__auto_type __ptr_kept = (p); \
		(p) = NULL; \
		__ptr_kept; \
	})
#define return_ptr(p) return no_free_ptr(p)
#define retain_and_null_ptr(p) ((void)no_free_ptr(p))

/* A type whose variables are initialized by _init and cleaned up by _exit, in which _T is the variable. */
#define DEFINE_CLASS(_name, _type, _exit, _init, _init_args...) \
	typedef _type class_##_name##_t; \
	static __always_inline void class_##_name##_destructor(_type *p) \
	{ \
		_type _T = *p; \
		_exit; \
	} \
	static __always_inline _type class_##_name##_constructor(_init_args) \
	{ \
		_type t = _init; \
		return t; \
	}
#define CLASS(_name, var) \
	class_##_name##_t var __cleanup(class_##_name##_destructor) = class_##_name##_constructor

/* A lock that is held until the end of the scope. */
#define DEFINE_GUARD(_name, _type, _lock, _unlock) \
	DEFINE_CLASS(_name, _type, if (_T) { _unlock; }, ({ _lock; _T; }), _type _T)
#define guard(_name) CLASS(_name, __UNIQUE_ID(guard))
#define scoped_guard(_name, args...) \
	for (CLASS(_name, scope)(args), *__scope = &scope; __scope; __scope = NULL)

/* The same for locks without a pointer, or with additional state such as flags. */
#define DEFINE_LOCK_GUARD_0(_name, _lock, _unlock) \
	typedef struct { \
		void *lock; \
	} class_##_name##_t; \
	static __always_inline void class_##_name##_destructor(class_##_name##_t *_T) \
	{ \
		_unlock; \
	} \
	static __always_inline class_##_name##_t class_##_name##_constructor(void) \
	{ \
		class_##_name##_t t = { (void *)1 }; \
		_lock; \
		return t; \
	}
#define DEFINE_LOCK_GUARD_1(_name, _type, _lock, _unlock, _members...) \
	typedef struct { \
		_type *lock; \
		_members; \
	} class_##_name##_t; \
	static __always_inline void class_##_name##_destructor(class_##_name##_t *_T) \
	{ \
		if (_T->lock) { \
			_unlock; \
		} \
	} \
	static __always_inline class_##_name##_t class_##_name##_constructor(_type *l) \
	{ \
		class_##_name##_t t = { .lock = l }, *_T = &t; \
		_lock; \
		return t; \
	}

#endif
