/* SPDX-License-Identifier: MIT */
#ifndef TYPECHECK_H_INCLUDED
#define TYPECHECK_H_INCLUDED

/* 1 if x or function has the type; else a warning. */
#define typecheck(type, x) \
	({ \
		type __expected; \
		typeof(x) __given; \
		(void)(&__expected == &__given); \
		1; \
	})
#define typecheck_fn(type, function) \
	({ \
		typeof(type) __checked = function; \
		(void)__checked; \
	})
#define typecheck_pointer(x) \
	({ \
		typeof(x) __pointer; \
		(void)sizeof(*__pointer); \
		1; \
	})

#endif
