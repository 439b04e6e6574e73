/* SPDX-License-Identifier: MIT */
/* debugfs: files of modules in /sys/kernel/debug (Documentation/filesystems/debugfs.rst). */
#define KASAN_GUEST_FILES
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/io.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
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

static int get_atomic(void *data, u64 *value)
{
	*value = atomic_read(data);
	return 0;
}

static int set_atomic(void *data, u64 value)
{
	atomic_set(data, value);
	return 0;
}

DEFINE_DEBUGFS_ATTRIBUTE(fops_atomic, get_atomic, set_atomic, "%lld\n");

void debugfs_create_atomic_t(const char *name, umode_t mode, struct dentry *parent, atomic_t *value)
{
	debugfs_create_file(name, mode, parent, value, &fops_atomic);
}

ssize_t debugfs_read_file_bool(struct file *file, char __user *to, size_t count, loff_t *pos)
{
	bool *value = file->private_data;
	char text[] = { *value ? 'Y' : 'N', '\n' };

	return simple_read_from_buffer(to, count, pos, text, sizeof(text));
}

ssize_t debugfs_write_file_bool(struct file *file, const char __user *from, size_t count, loff_t *pos)
{
	bool value;
	int error = kstrtobool_from_user(from, count, &value);

	if (error)
		return error == -EFAULT ? error : count;
	*(bool *)file->private_data = value;
	return count;
}

static const struct file_operations fops_bool = {
	.open = simple_open,
	.read = debugfs_read_file_bool,
	.write = debugfs_write_file_bool,
	.llseek = default_llseek,
};

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 14, 0)
void debugfs_create_bool(const char *name, umode_t mode, struct dentry *parent, bool *value)
{
	debugfs_create_file(name, mode, parent, value, &fops_bool);
}
#else
struct dentry *debugfs_create_bool(const char *name, umode_t mode, struct dentry *parent, bool *value)
{
	return debugfs_create_file(name, mode, parent, value, &fops_bool);
}
#endif

static ssize_t read_blob(struct file *file, char __user *to, size_t count, loff_t *pos)
{
	struct debugfs_blob_wrapper *blob = file->private_data;

	return simple_read_from_buffer(to, count, pos, blob->data, blob->size);
}

static ssize_t write_blob(struct file *file, const char __user *from, size_t count, loff_t *pos)
{
	struct debugfs_blob_wrapper *blob = file->private_data;

	return simple_write_to_buffer(blob->data, blob->size, pos, from, count);
}

static const struct file_operations fops_blob = {
	.open = simple_open,
	.read = read_blob,
	.write = write_blob,
	.llseek = default_llseek,
};

struct dentry *debugfs_create_blob(const char *name, umode_t mode, struct dentry *parent, struct debugfs_blob_wrapper *blob)
{
	return debugfs_create_file(name, mode & 0644, parent, blob, &fops_blob);
}

/* What a file of generated text has while it is open: the text, and its length. */
struct text {
	size_t length;
	char bytes[];
};

static ssize_t read_text(struct file *file, char __user *to, size_t count, loff_t *pos)
{
	struct text *text = file->private_data;

	return simple_read_from_buffer(to, count, pos, text->bytes, text->length);
}

static int release_text(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

/* Digits of a u32, and what separates it from the next. */
#define NUMBER_BYTES 11

static int open_u32_array(struct inode *inode, struct file *file)
{
	const struct debugfs_u32_array *array = inode->i_private;
	size_t bytes = array->n_elements * NUMBER_BYTES + 1;
	struct text *text = kmalloc(sizeof(*text) + bytes, GFP_KERNEL);

	if (!text)
		return -ENOMEM;
	text->length = 0;
	for (u32 i = 0; i < array->n_elements; i++)
		text->length += scnprintf(text->bytes + text->length, bytes - text->length, "%u%c", array->array[i],
					  i + 1 < array->n_elements ? ' ' : '\n');
	file->private_data = text;
	return nonseekable_open(inode, file);
}

static const struct file_operations fops_u32_array = {
	.open = open_u32_array,
	.read = read_text,
	.release = release_text,
};

void debugfs_create_u32_array(const char *name, umode_t mode, struct dentry *parent, struct debugfs_u32_array *array)
{
	debugfs_create_file(name, mode, parent, array, &fops_u32_array);
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 13, 0)
ssize_t debugfs_read_file_str(struct file *file, char __user *to, size_t count, loff_t *pos)
{
	const char *value = *(char **)file->private_data ?: "";
	char *line = kasprintf(GFP_KERNEL, "%s\n", value);
	ssize_t result;

	if (!line)
		return -ENOMEM;
	result = simple_read_from_buffer(to, count, pos, line, strlen(line));
	kfree(line);
	return result;
}

/* The new text takes the place of the old one, which is freed, from the position on. */
static ssize_t write_str(struct file *file, const char __user *from, size_t count, loff_t *pos)
{
	char **value = file->private_data, *old = *value, *text;

	if (*pos && (!old || *pos > strlen(old)))
		return -EINVAL;
	if (*pos + count + 1 > PAGE_SIZE)
		return -E2BIG;
	text = kmalloc(*pos + count + 1, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	if (*pos)
		memcpy(text, old, *pos);
	if (copy_from_user(text + *pos, from, count)) {
		kfree(text);
		return -EFAULT;
	}
	text[*pos + count] = '\0';
	strim(text);
	*value = text;
	kfree(old);
	return count;
}

static const struct file_operations fops_str = {
	.open = simple_open,
	.read = debugfs_read_file_str,
	.write = write_str,
	.llseek = default_llseek,
};

void debugfs_create_str(const char *name, umode_t mode, struct dentry *parent, char **value)
{
	debugfs_create_file(name, mode, parent, value, &fops_str);
}
#endif

void debugfs_print_regs32(struct seq_file *seq, const struct debugfs_reg32 *regs, int count, void __iomem *base, char *prefix)
{
	for (int i = 0; i < count && !seq_has_overflowed(seq); i++)
		seq_printf(seq, "%s%s = 0x%08x\n", prefix ?: "", regs[i].name, readl(base + regs[i].offset));
}

static int regset_show(struct seq_file *seq, void *unused)
{
	const struct debugfs_regset32 *set = seq->private;

	debugfs_print_regs32(seq, set->regs, set->nregs, set->base, "");
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(regset);

void debugfs_create_regset32(const char *name, umode_t mode, struct dentry *parent, struct debugfs_regset32 *set)
{
	debugfs_create_file(name, mode, parent, set, &regset_fops);
}

/* Nobody follows it: a module opens files by the names that it gave them. */
struct dentry *debugfs_create_symlink(const char *name, struct dentry *parent, const char *target)
{
	return add_debug(name, 0777 | S_IFLNK, parent, NULL, debug_folder.ops, NULL, NULL);
}
