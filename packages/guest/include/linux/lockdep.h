/* SPDX-License-Identifier: MIT */
#ifndef __LINUX_LOCKDEP_H
#define __LINUX_LOCKDEP_H

#include <linux/types.h>

struct lock_class_key {
};

/* Lock order is not checked. */
#define lockdep_assert(cond) do { } while (0)
#define lockdep_assert_held(l) ((void)(l))
#define lockdep_assert_held_write(l) ((void)(l))
#define lockdep_assert_held_read(l) ((void)(l))
#define lockdep_assert_held_once(l) ((void)(l))
#define lockdep_assert_not_held(l) ((void)(l))
#define lockdep_assert_none_held_once() do { } while (0)
#define lockdep_set_class(lock, key) ((void)(lock), (void)(key))
#define lockdep_set_class_and_name(lock, key, name) ((void)(lock), (void)(key), (void)(name))
#define lockdep_set_subclass(lock, sub) ((void)(lock))
#define lockdep_init_map(map, name, key, sub) do { } while (0)
#define lockdep_register_key(key) ((void)(key))
#define lockdep_unregister_key(key) ((void)(key))
#define lockdep_is_held(l) 1
#define lockdep_off() do { } while (0)
#define lockdep_on() do { } while (0)
#define SINGLE_DEPTH_NESTING 1

#endif
