/* SPDX-License-Identifier: MIT */
/*
 * Files that modules have in /proc and in /sys/kernel/debug. There are no other files, no mounts and no user space: the module opens a
 * file with filp_open(), uses it through f_op, as system calls do, and closes it with filp_close().
 */
#define KASAN_GUEST_FILES
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "files.h"

struct opened {
	struct file file;
	struct list_head siblings;
	bool released;
};

/* Nothing watches these files, and nobody freezes their file system: that who writes is counted is all that is needed. */
static DEFINE_PER_CPU(unsigned int, writers);
static struct super_block super = {
	.s_blocksize = PAGE_SIZE,
	.s_writers.rw_sem[SB_FREEZE_WRITE - 1].read_count = &writers,
};

struct file_node proc_folder = {
	.inode.i_mode = S_IFDIR,
	.inode.i_sb = &super,
	.dentry.d_sb = &super,
	.children = LIST_HEAD_INIT(proc_folder.children),
	.proc = &(const struct proc_ops){},
};
struct file_node debug_folder = {
	.inode.i_mode = S_IFDIR,
	.inode.i_sb = &super,
	.dentry.d_sb = &super,
	.children = LIST_HEAD_INIT(debug_folder.children),
	.ops = &(const struct file_operations){},
};
static DEFINE_MUTEX(tree_lock);

struct file_node *file_node_of(const struct file *file)
{
	return container_of(file->f_inode, struct file_node, inode);
}

static void put_node(struct file_node *node)
{
	if (!refcount_dec_and_test(&node->refs))
		return;
	kfree(node->own);
	kfree(node);
}

/* What a path of names names, or NULL. Called under the lock. */
static struct file_node *find(struct file_node *folder, const char *path, size_t length)
{
	while (folder && length) {
		const char *slash = memchr(path, '/', length);
		size_t name = slash ? slash - path : length;
		struct file_node *child, *found = NULL;

		list_for_each_entry(child, &folder->children, siblings)
			if (strlen(child->name) == name && !memcmp(child->name, path, name))
				found = child;
		folder = found;
		path += name + !!slash;
		length -= name + !!slash;
	}
	return folder;
}

struct file_node *file_node_add(struct file_node *folder, const char *name, umode_t mode, const struct file_node *like)
{
	const char *last = strrchr(name, '/');
	struct file_node *node;

	mutex_lock(&tree_lock);
	if (last)
		folder = find(folder, name, last - name);
	name = last ? last + 1 : name;
	if (!folder || !S_ISDIR(folder->inode.i_mode) || !*name || find(folder, name, strlen(name))) {
		mutex_unlock(&tree_lock);
		return NULL;
	}
	node = kzalloc(sizeof(*node) + strlen(name) + 1, GFP_KERNEL);
	if (node) {
		memcpy(node, like, sizeof(*node));
		strcpy(node->name, name);
		node->inode.i_mode = mode;
		node->inode.i_mapping = &node->inode.i_data;
		node->inode.i_data.host = &node->inode;
		node->inode.i_sb = node->dentry.d_sb = &super;
		node->dentry.d_inode = &node->inode;
		node->dentry.d_parent = &folder->dentry;
		/* Constant to all but who makes the entry; so is a file's path. */
		*(struct qstr *)&node->dentry.d_name = (struct qstr)QSTR_INIT(node->name, strlen(name));
		node->parent = folder;
		INIT_LIST_HEAD(&node->children);
		INIT_LIST_HEAD(&node->opened);
		refcount_set(&node->refs, 1);
		init_rwsem(&node->users);
		list_add_tail(&node->siblings, &folder->children);
	}
	mutex_unlock(&tree_lock);
	return node;
}

static void release(struct opened *opened)
{
	struct file_node *node = file_node_of(&opened->file);
	int (*fn)(struct inode *inode, struct file *file) = node->ops ? node->ops->release : node->proc->proc_release;

	if (opened->released)
		return;
	opened->released = true;
	if (fn)
		fn(&node->inode, &opened->file);
}

void file_node_remove(struct file_node *node)
{
	struct file_node *child, *next;
	struct opened *opened;

	list_for_each_entry_safe(child, next, &node->children, siblings)
		file_node_remove(child);
	mutex_lock(&tree_lock);
	list_del_init(&node->siblings);
	mutex_unlock(&tree_lock);
	down_write(&node->users);
	node->removed = true;
	if (!node->ops)
		list_for_each_entry(opened, &node->opened, siblings)
			release(opened);
	up_write(&node->users);
	put_node(node);
}

struct file_node *file_node_find(struct file_node *folder, const char *path)
{
	struct file_node *node;

	mutex_lock(&tree_lock);
	node = find(folder, path, strlen(path));
	mutex_unlock(&tree_lock);
	return node;
}

static bool use(struct file_node *node)
{
	down_read(&node->users);
	if (!node->removed)
		return true;
	up_read(&node->users);
	return false;
}

/* What a system call calls: one of the file's functions, unless it is removed. */
#define CALL(file, type, ops_fn, proc_fn, missing, ...) \
	({ \
		struct file_node *__node = file_node_of(file); \
		type __result = -EIO; \
		\
		if (use(__node)) { \
			typeof(__node->ops->ops_fn) __fn = __node->ops ? __node->ops->ops_fn : __node->proc->proc_fn; \
			__result = __fn ? __fn(__VA_ARGS__) : (missing); \
			up_read(&__node->users); \
		} \
		__result; \
	})

static ssize_t file_read(struct file *file, char __user *to, size_t count, loff_t *pos)
{
	return CALL(file, ssize_t, read, proc_read, -EINVAL, file, to, count, pos);
}

static ssize_t file_write(struct file *file, const char __user *from, size_t count, loff_t *pos)
{
	return CALL(file, ssize_t, write, proc_write, -EINVAL, file, from, count, pos);
}

static ssize_t file_read_iter(struct kiocb *io, struct iov_iter *to)
{
	return CALL(io->ki_filp, ssize_t, read_iter, proc_read_iter, -EINVAL, io, to);
}

/* procfs has no such function. */
static ssize_t file_write_iter(struct kiocb *io, struct iov_iter *from)
{
	struct file_node *node = file_node_of(io->ki_filp);
	ssize_t result = -EIO;

	if (use(node)) {
		result = node->ops->write_iter(io, from);
		up_read(&node->users);
	}
	return result;
}

static loff_t file_llseek(struct file *file, loff_t offset, int whence)
{
	return CALL(file, loff_t, llseek, proc_lseek, -ESPIPE, file, offset, whence);
}

static long file_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	return CALL(file, long, unlocked_ioctl, proc_ioctl, -ENOTTY, file, command, argument);
}

static const struct file_operations file_ops = {
	.read = file_read,
	.write = file_write,
	.llseek = file_llseek,
	.unlocked_ioctl = file_ioctl,
};
/* Of procfs's files that are read through an iterator, as sequences are, and of sysctl's. kernel_read() takes no others. */
static const struct file_operations read_iter_ops = {
	.read_iter = file_read_iter,
	.write = file_write,
	.llseek = file_llseek,
	.unlocked_ioctl = file_ioctl,
};
static const struct file_operations iter_ops = {
	.read_iter = file_read_iter,
	.write_iter = file_write_iter,
	.llseek = file_llseek,
};

static const struct file_operations *ops_of(const struct file_node *node)
{
	if (node->ops && node->ops->write_iter)
		return &iter_ops;
	return node->proc && node->proc->proc_read_iter ? &read_iter_ops : &file_ops;
}

/* FMODE_CAN_READ and FMODE_CAN_WRITE, as opening a file sets them (fs/open.c). */
static fmode_t can_do(fmode_t mode)
{
	return (mode & FMODE_READ ? FMODE_CAN_READ : 0) | (mode & FMODE_WRITE ? FMODE_CAN_WRITE : 0);
}

/* Returns a file that is not removed yet. */
static struct file_node *look_up(const char *path)
{
	static const char proc[] = "/proc/", debug[] = "/sys/kernel/debug/";
	struct file_node *node = NULL;

	mutex_lock(&tree_lock);
	if (!strncmp(path, proc, strlen(proc)))
		node = find(&proc_folder, path + strlen(proc), strlen(path + strlen(proc)));
	else if (!strncmp(path, debug, strlen(debug)))
		node = find(&debug_folder, path + strlen(debug), strlen(path + strlen(debug)));
	if (node && node->parent)
		refcount_inc(&node->refs);
	mutex_unlock(&tree_lock);
	return node && node->parent ? node : NULL;
}

struct file *filp_open(const char *path, int flags, umode_t mode)
{
	struct file_node *node = look_up(path);
	struct opened *opened;
	int error;

	if (!node)
		return ERR_PTR(-ENOENT);
	opened = S_ISDIR(node->inode.i_mode) ? NULL : kzalloc(sizeof(*opened), GFP_KERNEL);
	if (!opened) {
		error = S_ISDIR(node->inode.i_mode) ? -EISDIR : -ENOMEM;
		put_node(node);
		return ERR_PTR(error);
	}
	opened->file.f_inode = &node->inode;
	opened->file.f_mapping = node->inode.i_mapping;
	*(struct dentry **)&opened->file.f_path.dentry = &node->dentry;
	opened->file.f_op = ops_of(node);
	opened->file.f_flags = flags;
	opened->file.f_mode = OPEN_FMODE(flags) | FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE | FMODE_NONOTIFY;
	opened->file.f_mode |= can_do(opened->file.f_mode);
	mutex_init(&opened->file.f_pos_lock);
	error = CALL(&opened->file, int, open, proc_open, 0, &node->inode, &opened->file);
	if (error) {
		put_node(node);
		kfree(opened);
		return ERR_PTR(error);
	}
	down_write(&node->users);
	list_add(&opened->siblings, &node->opened);
	if (node->removed && !node->ops)
		release(opened);
	up_write(&node->users);
	return &opened->file;
}

int filp_close(struct file *file, fl_owner_t id)
{
	struct opened *opened = container_of(file, struct opened, file);
	struct file_node *node = file_node_of(file);

	/* One that was made in another way: fput() is for these. */
	if (WARN_ON(file->f_op != &file_ops && file->f_op != &read_iter_ops && file->f_op != &iter_ops))
		return -EBADF;
	down_write(&node->users);
	list_del(&opened->siblings);
	release(opened);
	up_write(&node->users);
	put_node(node);
	kfree(opened);
	return 0;
}
