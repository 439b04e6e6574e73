/* SPDX-License-Identifier: MIT */
/* debugfs: files of modules in /sys/kernel/debug (Documentation/filesystems/debugfs.rst). */
#define KASAN_GUEST_FILES
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/version.h>
#include "files.h"

static struct file_node *node_of_dentry(struct dentry *dentry)
{
	return dentry ? container_of(dentry, struct file_node, dentry) : &debug_folder;
}

static struct dentry *add_debug(const char *name, umode_t mode, struct dentry *parent, void *data,
				const struct file_operations *fops, const void *aux, void *own)
{
	struct file_node like = { .ops = fops, .inode.i_private = data, .aux = aux, .own = own };
	struct file_node *node;

	if (IS_ERR(parent))
		return parent;
	node = file_node_add(node_of_dentry(parent), name, mode, &like);
	return node ? &node->dentry : ERR_PTR(-EEXIST);
}

struct dentry *debugfs_create_file_full(const char *name, umode_t mode, struct dentry *parent, void *data, const void *aux,
					const struct file_operations *fops)
{
	return add_debug(name, (mode & S_IALLUGO) | S_IFREG, parent, data, fops ?: debug_folder.ops, aux, NULL);
}

/* Since 6.13, a file may have its few functions by themselves, and the one above this name. */
#ifdef debugfs_create_file
struct dentry *debugfs_create_file_short(const char *name, umode_t mode, struct dentry *parent, void *data, const void *aux,
					 const struct debugfs_short_fops *fops)
{
	struct file_operations *all = kzalloc(sizeof(*all), GFP_KERNEL);
	struct dentry *dentry;

	if (!all)
		return ERR_PTR(-ENOMEM);
	all->open = simple_open;
	all->read = fops->read;
	all->write = fops->write;
	all->llseek = fops->llseek;
	dentry = add_debug(name, (mode & S_IALLUGO) | S_IFREG, parent, data, all, aux, all);
	if (IS_ERR(dentry))
		kfree(all);
	return dentry;
}

void *debugfs_get_aux(const struct file *file)
{
	return (void *)file_node_of(file)->aux;
}
#else
struct dentry *debugfs_create_file(const char *name, umode_t mode, struct dentry *parent, void *data,
				   const struct file_operations *fops)
{
	return debugfs_create_file_full(name, mode, parent, data, NULL, fops);
}
#endif

struct dentry *debugfs_create_file_unsafe(const char *name, umode_t mode, struct dentry *parent, void *data,
					  const struct file_operations *fops)
{
	return debugfs_create_file(name, mode, parent, data, fops);
}

struct dentry *debugfs_create_dir(const char *name, struct dentry *parent)
{
	return add_debug(name, 0755 | S_IFDIR, parent, NULL, debug_folder.ops, NULL, NULL);
}

struct dentry *debugfs_lookup(const char *name, struct dentry *parent)
{
	struct file_node *node = IS_ERR(parent) ? NULL : file_node_find(node_of_dentry(parent), name);

	return node ? &node->dentry : NULL;
}

void debugfs_remove(struct dentry *dentry)
{
	if (!IS_ERR_OR_NULL(dentry))
		file_node_remove(node_of_dentry(dentry));
}

void debugfs_lookup_and_remove(const char *name, struct dentry *parent)
{
	debugfs_remove(debugfs_lookup(name, parent));
}

bool debugfs_initialized(void)
{
	return true;
}

const struct file_operations *debugfs_real_fops(const struct file *file)
{
	return file_node_of(file)->ops;
}

int debugfs_file_get(struct dentry *dentry)
{
	return node_of_dentry(dentry)->removed ? -EIO : 0;
}

void debugfs_file_put(struct dentry *dentry)
{
}

ssize_t debugfs_attr_read(struct file *file, char __user *to, size_t count, loff_t *pos)
{
	return simple_attr_read(file, to, count, pos);
}

ssize_t debugfs_attr_write(struct file *file, const char __user *from, size_t count, loff_t *pos)
{
	return simple_attr_write(file, from, count, pos);
}

ssize_t debugfs_attr_write_signed(struct file *file, const char __user *from, size_t count, loff_t *pos)
{
	return simple_attr_write_signed(file, from, count, pos);
}

#define ATTRIBUTE(name, type, format) \
	static int get_##name(void *data, u64 *value) \
	{ \
		*value = *(type *)data; \
		return 0; \
	} \
	static int set_##name(void *data, u64 value) \
	{ \
		*(type *)data = value; \
		return 0; \
	} \
	DEFINE_DEBUGFS_ATTRIBUTE(fops_##name, get_##name, set_##name, format)
#define NUMBER(name, type, format) \
	ATTRIBUTE(name, type, format); \
	void debugfs_create_##name(const char *file, umode_t mode, struct dentry *parent, type *value) \
	{ \
		debugfs_create_file(file, mode, parent, value, &fops_##name); \
	}
NUMBER(u8, u8, "%llu\n")
NUMBER(u16, u16, "%llu\n")
NUMBER(u32, u32, "%llu\n")
NUMBER(u64, u64, "%llu\n")
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 12, 0)
NUMBER(ulong, unsigned long, "%llu\n")
#else
ATTRIBUTE(ulong, unsigned long, "%llu\n");
struct dentry *debugfs_create_ulong(const char *file, umode_t mode, struct dentry *parent, unsigned long *value)
{
	return debugfs_create_file(file, mode, parent, value, &fops_ulong);
}
#endif
NUMBER(size_t, size_t, "%llu\n")
NUMBER(x8, u8, "0x%02llx\n")
NUMBER(x16, u16, "0x%04llx\n")
NUMBER(x32, u32, "0x%08llx\n")
NUMBER(x64, u64, "0x%016llx\n")
