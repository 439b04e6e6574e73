/* SPDX-License-Identifier: MIT */
/* procfs: files of modules in /proc (Documentation/filesystems/proc.rst). Its descriptors are nodes. */
#define KASAN_GUEST_FILES
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/version.h>
#include "files.h"

/* Before 5.17, it is no inline function. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 17, 0)
void *PDE_DATA(const struct inode *inode)
{
	return inode->i_private;
}
#endif

static struct proc_dir_entry *add_proc(const char *name, umode_t mode, struct proc_dir_entry *parent, struct file_node like,
				       void *data)
{
	like.inode.i_private = data;
	return (void *)file_node_add((struct file_node *)parent ?: &proc_folder, name, mode, &like);
}

static umode_t file_mode(umode_t mode)
{
	return (mode & S_IALLUGO ?: 0444) | S_IFREG;
}

struct proc_dir_entry *proc_create_data(const char *name, umode_t mode, struct proc_dir_entry *parent,
					const struct proc_ops *proc_ops, void *data)
{
	return add_proc(name, file_mode(mode), parent, (struct file_node){ .proc = proc_ops }, data);
}

struct proc_dir_entry *proc_create(const char *name, umode_t mode, struct proc_dir_entry *parent,
				   const struct proc_ops *proc_ops)
{
	return proc_create_data(name, mode, parent, proc_ops, NULL);
}

static int open_seq(struct inode *inode, struct file *file)
{
	struct file_node *node = file_node_of(file);

	if (node->seq_size)
		return __seq_open_private(file, node->seq, node->seq_size) ? 0 : -ENOMEM;
	return seq_open(file, node->seq);
}

static int release_seq(struct inode *inode, struct file *file)
{
	return file_node_of(file)->seq_size ? seq_release_private(inode, file) : seq_release(inode, file);
}

static int open_single(struct inode *inode, struct file *file)
{
	return single_open(file, file_node_of(file)->show, pde_data(inode));
}

static const struct proc_ops seq_ops = {
	.proc_open = open_seq,
	.proc_read_iter = seq_read_iter,
	.proc_lseek = seq_lseek,
	.proc_release = release_seq,
};
static const struct proc_ops single_ops = {
	.proc_open = open_single,
	.proc_read_iter = seq_read_iter,
	.proc_lseek = seq_lseek,
	.proc_release = single_release,
};

struct proc_dir_entry *proc_create_seq_private(const char *name, umode_t mode, struct proc_dir_entry *parent,
					       const struct seq_operations *ops, unsigned int state_size, void *data)
{
	struct file_node like = { .proc = &seq_ops, .seq = ops, .seq_size = state_size };

	return add_proc(name, file_mode(mode), parent, like, data);
}

struct proc_dir_entry *proc_create_single_data(const char *name, umode_t mode, struct proc_dir_entry *parent,
					       int (*show)(struct seq_file *, void *), void *data)
{
	return add_proc(name, file_mode(mode), parent, (struct file_node){ .proc = &single_ops, .show = show }, data);
}

struct proc_dir_entry *proc_mkdir_data(const char *name, umode_t mode, struct proc_dir_entry *parent, void *data)
{
	return add_proc(name, (mode ?: 0555) | S_IFDIR, parent, (struct file_node){ .proc = proc_folder.proc }, data);
}

struct proc_dir_entry *proc_mkdir_mode(const char *name, umode_t mode, struct proc_dir_entry *parent)
{
	return proc_mkdir_data(name, mode, parent, NULL);
}

struct proc_dir_entry *proc_mkdir(const char *name, struct proc_dir_entry *parent)
{
	return proc_mkdir_data(name, 0, parent, NULL);
}

void proc_remove(struct proc_dir_entry *entry)
{
	if (entry)
		file_node_remove((struct file_node *)entry);
}

int remove_proc_subtree(const char *name, struct proc_dir_entry *parent)
{
	struct file_node *node = file_node_find((struct file_node *)parent ?: &proc_folder, name);

	if (!node)
		return -ENOENT;
	file_node_remove(node);
	return 0;
}

void remove_proc_entry(const char *name, struct proc_dir_entry *parent)
{
	WARN(remove_proc_subtree(name, parent), "name '%s'\n", name);
}

void proc_set_size(struct proc_dir_entry *entry, loff_t size)
{
	((struct file_node *)entry)->inode.i_size = size;
}

void proc_set_user(struct proc_dir_entry *entry, kuid_t uid, kgid_t gid)
{
	((struct file_node *)entry)->inode.i_uid = uid;
	((struct file_node *)entry)->inode.i_gid = gid;
}

void *proc_get_parent_data(const struct inode *inode)
{
	return container_of(inode, struct file_node, inode)->parent->inode.i_private;
}

/* Folders that are there from the beginning (fs/proc/root.c, fs/proc/proc_tty.c). */
static __attribute__((constructor)) void make_folders(void)
{
	static const char *const names[] = { "fs", "driver", "bus", "tty", "tty/ldisc" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		proc_mkdir(names[i], NULL);
	proc_mkdir_mode("tty/driver", 0500, NULL);
}
