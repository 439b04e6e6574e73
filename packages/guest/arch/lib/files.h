/* SPDX-License-Identifier: MIT */
/*
 * Files of modules: what procfs (proc.c), sysctl (sysctl.c) and debugfs (debugfs.c) share. Who includes it defines KASAN_GUEST_FILES
 * before any header.
 */
#ifndef _LIB_FILES_H
#define _LIB_FILES_H

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/proc_fs.h>
#include <linux/refcount.h>
#include <linux/rwsem.h>

/* A file or a folder. */
struct file_node {
	struct inode inode;
	struct dentry dentry;
	struct file_node *parent;
	struct list_head siblings, children;
	/* Its open files. */
	struct list_head opened;
	refcount_t refs;
	/* Held for reading while one of its functions runs: to remove it waits for these. */
	struct rw_semaphore users;
	bool removed;
	/* Its functions: those of debugfs and sysctl, or procfs's. */
	const struct file_operations *ops;
	const struct proc_ops *proc;
	const struct seq_operations *seq;
	unsigned int seq_size;
	/* debugfs: a second pointer of who made the file, and memory that goes with it. */
	const void *aux;
	void *own;
	int (*show)(struct seq_file *m, void *v);
	char name[];
};

/* /proc and /sys/kernel/debug. */
extern struct file_node proc_folder, debug_folder;

/* The node of an open file. */
struct file_node *file_node_of(const struct file *file);
/* Adds a node whose functions and data are those of another. NULL: the name exists, its folder does not, or memory is short. */
struct file_node *file_node_add(struct file_node *folder, const char *name, umode_t mode, const struct file_node *like);
/* Finds a node by a path of names, or returns NULL. */
struct file_node *file_node_find(struct file_node *folder, const char *path);
/* Removes a file, or a folder with all that is in it. procfs releases open files, debugfs leaves that to who closes them. */
void file_node_remove(struct file_node *node);

#endif
