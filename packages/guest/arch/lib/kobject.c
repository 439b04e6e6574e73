/* SPDX-License-Identifier: MIT */
/* Kobjects are the tree's. There is no sysfs; what it refuses is refused here: a second child of the same name (fs/sysfs/dir.c). */
#include <linux/hashtable.h>
#include <linux/kobject.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/sysfs.h>

/* The folder of mm in sysfs (mm/mm_init.c), whose children are at the top. */
struct kobject *mm_kobj;

/* A kobject that has been added. */
struct child {
	struct hlist_node siblings;
	struct kobject *kobj;
	const struct kobject *parent;
	const void *ns;
};

/* By parent. */
static DEFINE_HASHTABLE(children, 8);
static DEFINE_SPINLOCK(children_lock);

#define for_each_child(child, of) hash_for_each_possible(children, child, siblings, (unsigned long)(of))

/* Called under the lock. */
static bool has_child(const struct kobject *parent, const char *name, const void *ns)
{
	struct child *child;

	for_each_child(child, parent)
		if (child->parent == parent && child->ns == ns && !strcmp(kobject_name(child->kobj), name))
			return true;
	return false;
}

static int refuse(const struct kobject *parent, const char *name)
{
	pr_warn("sysfs: cannot create duplicate filename '%s/%s'\n", parent ? kobject_name(parent) : "", name);
	dump_stack();
	return -EEXIST;
}

static int add_child(struct kobject *kobj, const void *ns)
{
	struct child *child = kmalloc(sizeof(*child), GFP_KERNEL);
	bool there;

	if (!child)
		return -ENOMEM;
	*child = (struct child){ .kobj = kobj, .parent = kobj->parent, .ns = ns };
	spin_lock(&children_lock);
	there = has_child(kobj->parent, kobject_name(kobj), ns);
	if (!there)
		hash_add(children, &child->siblings, (unsigned long)kobj->parent);
	spin_unlock(&children_lock);
	if (!there)
		return 0;
	kfree(child);
	return refuse(kobj->parent, kobject_name(kobj));
}

/* Called under the lock. */
static struct child *take_child(struct kobject *kobj)
{
	struct child *child;

	for_each_child(child, kobj->parent)
		if (child->kobj == kobj) {
			hash_del(&child->siblings);
			return child;
		}
	return NULL;
}

static void remove_child(struct kobject *kobj)
{
	struct child *child;

	spin_lock(&children_lock);
	child = take_child(kobj);
	spin_unlock(&children_lock);
	kfree(child);
}

/* The caller gives it its name or its parent afterwards. */
static int change_child(struct kobject *kobj, const struct kobject *parent, const char *name, const void *ns)
{
	struct child *child;
	bool there;

	if (parent == kobj->parent && !strcmp(name, kobject_name(kobj)))
		return 0;
	spin_lock(&children_lock);
	there = has_child(parent, name, ns);
	child = there ? NULL : take_child(kobj);
	if (child) {
		child->parent = parent;
		child->ns = ns;
		hash_add(children, &child->siblings, (unsigned long)parent);
	}
	spin_unlock(&children_lock);
	return there ? refuse(parent, name) : child ? 0 : -ENOENT;
}

#define sysfs_create_dir_ns(kobj, ns) add_child(kobj, ns)
#define sysfs_remove_dir(kobj) remove_child(kobj)
#define sysfs_rename_dir_ns(kobj, name, ns) change_child(kobj, (kobj)->parent, name, ns)
#define sysfs_move_dir_ns(kobj, to, ns) change_child(kobj, to, kobject_name(kobj), ns)

#include "lib/kobject.c"
