/* SPDX-License-Identifier: MIT */
/* sysctl: a file in /proc/sys for each entry of a table (Documentation/admin-guide/sysctl). Its folders are there while one needs them. */
#define KASAN_GUEST_FILES
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysctl.h>
#include <linux/uio.h>
#include <linux/version.h>
#include "files.h"

/* A table, and the folder of its files. */
struct registration {
	struct ctl_table_header header;
	struct file_node *folder;
	size_t count;
	struct file_node *files[];
};

static DEFINE_MUTEX(sysctl_lock);

static ssize_t transfer(struct kiocb *io, bool write, struct iov_iter *iter)
{
	const struct ctl_table *entry = file_inode(io->ki_filp)->i_private;
	size_t count = iov_iter_count(iter);
	ssize_t result;
	char *text;

	if (!(entry->mode & (write ? 0200 : 0400)))
		return -EPERM;
	text = count < KMALLOC_MAX_SIZE ? kvzalloc(count + 1, GFP_KERNEL) : NULL;
	if (!text)
		return -ENOMEM;
	if (write && !copy_from_iter_full(text, count, iter)) {
		result = -EFAULT;
	} else {
		result = entry->proc_handler((void *)entry, write, text, &count, &io->ki_pos);
		if (!result)
			result = !write && copy_to_iter(text, count, iter) < count ? -EFAULT : count;
	}
	kvfree(text);
	return result;
}

static ssize_t read_value(struct kiocb *io, struct iov_iter *to)
{
	return transfer(io, false, to);
}

static ssize_t write_value(struct kiocb *io, struct iov_iter *from)
{
	return transfer(io, true, from);
}

static const struct file_operations value_ops = {
	.read_iter = read_value,
	.write_iter = write_value,
	.llseek = default_llseek,
};
static const struct proc_ops folder_ops = {};
/* Of a folder that stays empty: a file system can be mounted there. */
static const struct proc_ops mount_point_ops = {};

static struct file_node *add_folder(struct file_node *parent, const char *name)
{
	if (parent->proc == &mount_point_ops)
		return NULL;
	return file_node_add(parent, name, 0555 | S_IFDIR, &(struct file_node){ .proc = &folder_ops });
}

/* The folder of a path; those that are missing are made. */
static struct file_node *make_folders(const char *path)
{
	struct file_node *folder = file_node_find(&proc_folder, "sys") ?: add_folder(&proc_folder, "sys");
	char *names = kstrdup(path, GFP_KERNEL), *rest = names, *name;

	if (!names)
		return NULL;
	while (folder && (name = strsep(&rest, "/")))
		if (*name)
			folder = file_node_find(folder, name) ?: add_folder(folder, name);
	if (!folder)
		pr_err("sysctl could not get directory: %s\n", path);
	kfree(names);
	return folder;
}

/* How many tables a folder is of, which may be without entries. */
static unsigned long *tables_of(struct file_node *folder)
{
	return (unsigned long *)&folder->inode.i_private;
}

/* Removes folders that no table is of and that nothing is in, from the innermost on. */
static void remove_unused(struct file_node *folder)
{
	while (folder != &proc_folder && list_empty(&folder->children) && !*tables_of(folder)) {
		struct file_node *parent = folder->parent;

		file_node_remove(folder);
		folder = parent;
	}
}

/* The size of a handler's value if it takes one only; 0: it takes an array; -1: it is not known. */
static int value_size(const struct ctl_table *entry)
{
	typeof(entry->proc_handler) of = entry->proc_handler;

	if (of == proc_dou8vec_minmax)
		return sizeof(u8);
	if (of == proc_dobool)
		return sizeof(bool);
	if (of == proc_douintvec || of == proc_douintvec_minmax)
		return sizeof(unsigned int);
	return of == proc_dostring || of == proc_dointvec || of == proc_dointvec_minmax || of == proc_dointvec_jiffies ||
		       of == proc_dointvec_userhz_jiffies || of == proc_dointvec_ms_jiffies ||
		       of == proc_doulongvec_minmax || of == proc_doulongvec_ms_jiffies_minmax ? 0 : -1;
}

static bool above_byte(const void *limit)
{
	return limit && *(const unsigned int *)limit > U8_MAX;
}

/* What is wrong with an entry, or NULL (fs/proc/proc_sysctl.c, sysctl_check_table). */
static const char *fault_of(const struct ctl_table *entry)
{
	int size = value_size(entry);

	if (!entry->proc_handler)
		return "No proc_handler";
	if ((entry->mode & 0666) != entry->mode)
		return "bogus .mode";
	if (size >= 0 && !entry->data)
		return "No data";
	if (size >= 0 && !entry->maxlen)
		return "No maxlen";
	if (size > 0 && entry->maxlen != size)
		return "array not allowed";
	if (entry->proc_handler == proc_dou8vec_minmax && (above_byte(entry->extra1) || above_byte(entry->extra2)))
		return "range value too large for proc_dou8vec_minmax";
	return NULL;
}

static bool is_valid(const char *path, const struct ctl_table *table, size_t count)
{
	bool valid = true;

	for (size_t i = 0; i < count; i++) {
		const char *fault = fault_of(&table[i]);

		if (fault)
			pr_err("sysctl table check failed: %s/%s %s\n", path, table[i].procname, fault);
		valid &= !fault;
	}
	return valid;
}

/* Removes what a registration has added, as far as it came. */
static void withdraw(struct registration *registration)
{
	for (size_t i = registration->count; i-- > 0;)
		if (registration->files[i])
			file_node_remove(registration->files[i]);
	--*tables_of(registration->folder);
	remove_unused(registration->folder);
	kfree(registration);
}

static struct registration *add(const char *path, struct ctl_table *table, size_t count)
{
	struct registration *registration = kzalloc(struct_size(registration, files, count), GFP_KERNEL);

	if (!registration)
		return NULL;
	registration->header.ctl_table = table;
	registration->count = count;
	registration->folder = make_folders(path);
	if (!registration->folder || (count && registration->folder->proc == &mount_point_ops)) {
		kfree(registration);
		return NULL;
	}
	++*tables_of(registration->folder);
	for (size_t i = 0; i < count; i++) {
		struct file_node like = { .ops = &value_ops, .inode.i_private = &table[i] };

		registration->files[i] =
			file_node_add(registration->folder, table[i].procname, table[i].mode | S_IFREG, &like);
		if (!registration->files[i]) {
			pr_err("sysctl duplicate entry: /%s/%s\n", path, table[i].procname);
			withdraw(registration);
			return NULL;
		}
	}
	return registration;
}

/* Tables are constant since 6.13. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define TABLE const struct ctl_table
#else
#define TABLE struct ctl_table
#endif

struct ctl_table_header *register_sysctl_sz(const char *path, TABLE *table, size_t table_size)
{
	struct registration *registration;
	size_t count = 0;

	/* A table may end early, with an entry that has no name. */
	while (count < table_size && table[count].procname)
		count++;
	if (!is_valid(path, table, count))
		return NULL;
	mutex_lock(&sysctl_lock);
	registration = add(path, table, count);
	mutex_unlock(&sysctl_lock);
	return registration ? &registration->header : NULL;
}

/* Later a macro: before, tables ended with an entry that has no name. */
#ifndef register_sysctl
struct ctl_table_header *register_sysctl(const char *path, TABLE *table)
{
	return register_sysctl_sz(path, table, SIZE_MAX);
}
#endif

void unregister_sysctl_table(struct ctl_table_header *header)
{
	if (!header)
		return;
	mutex_lock(&sysctl_lock);
	withdraw(container_of(header, struct registration, header));
	mutex_unlock(&sysctl_lock);
}

struct ctl_table_header *register_sysctl_mount_point(const char *path)
{
	struct registration *registration;

	mutex_lock(&sysctl_lock);
	registration = add(path, NULL, 0);
	if (registration)
		registration->folder->proc = &mount_point_ops;
	mutex_unlock(&sysctl_lock);
	return registration ? &registration->header : NULL;
}
