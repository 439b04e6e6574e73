/* SPDX-License-Identifier: MIT */
/* Warnings about misused reference counters. */
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>

#define WARN_SATURATED(text) WARN_ONCE(true, "refcount_t: " text "\n")

void refcount_warn_saturate(refcount_t *r, enum refcount_saturation_type t)
{
	refcount_set(r, REFCOUNT_SATURATED);
	switch (t) {
	case REFCOUNT_ADD_NOT_ZERO_OVF:
	case REFCOUNT_ADD_OVF:
		WARN_SATURATED("saturated; leaking memory.");
		break;
	case REFCOUNT_ADD_UAF:
		WARN_SATURATED("addition on 0; use-after-free.");
		break;
	case REFCOUNT_SUB_UAF:
		WARN_SATURATED("underflow; use-after-free.");
		break;
	case REFCOUNT_DEC_LEAK:
		WARN_SATURATED("decrement hit 0; leaking memory.");
		break;
	}
}

bool refcount_dec_and_mutex_lock(refcount_t *r, struct mutex *lock)
{
	if (refcount_dec_not_one(r))
		return false;
	mutex_lock(lock);
	if (refcount_dec_and_test(r))
		return true;
	mutex_unlock(lock);
	return false;
}

bool refcount_dec_and_lock(refcount_t *r, spinlock_t *lock)
{
	if (refcount_dec_not_one(r))
		return false;
	spin_lock(lock);
	if (refcount_dec_and_test(r))
		return true;
	spin_unlock(lock);
	return false;
}
