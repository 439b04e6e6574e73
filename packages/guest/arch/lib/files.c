/* SPDX-License-Identifier: MIT */
/*
 * Files that modules have in /proc and in /sys/kernel/debug. There are no other files, no mounts and no user space: the module opens a
 * file with filp_open(), uses it through f_op, as system calls do, and closes it with filp_close().
 */
#define KASAN_GUEST_FILES
#include <linux/dcache.h>
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/proc_fs.h>
#include <linux/refcount.h>
#include <linux/rwsem.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

/* A file or a folder. */
struct node {
	struct inode inode;
	struct dentry dentry;
	struct node *parent;
	struct list_head siblings, children;
	/* Its open files. */
	struct list_head opened;
	refcount_t refs;
	/* Held for reading while one of its functions runs: to remove it waits for these. */
	struct rw_semaphore users;
	bool removed;
	const struct proc_ops *proc;
	const struct file_operations *debug;
	const struct seq_operations *seq;
	unsigned int seq_size;
	int (*show)(struct seq_file *m, void *v);
	char name[];
};

struct opened {
	struct file file;
	struct list_head siblings;
	bool released;
};

static struct node proc_folder = {
	.inode.i_mode = S_IFDIR,
	.children = LIST_HEAD_INIT(proc_folder.children),
	.proc = &(const struct proc_ops){},
};
static struct node debug_folder = {
	.inode.i_mode = S_IFDIR,
	.children = LIST_HEAD_INIT(debug_folder.children),
	.debug = &(const struct file_operations){},
};
static DEFINE_MUTEX(tree_lock);

static struct node *node_of(const struct file *file)
{
	return container_of(file->f_inode, struct node, inode);
}

static void put_node(struct node *node)
{
	if (refcount_dec_and_test(&node->refs))
		kfree(node);
}

/* What a path of names names, or NULL. Called under the lock. */
static struct node *find(struct node *folder, const char *path, size_t length)
{
	while (folder && length) {
		const char *slash = memchr(path, '/', length);
		size_t name = slash ? slash - path : length;
		struct node *child, *found = NULL;

		list_for_each_entry(child, &folder->children, siblings)
			if (strlen(child->name) == name && !memcmp(child->name, path, name))
				found = child;
		folder = found;
		path += name + !!slash;
		length -= name + !!slash;
	}
	return folder;
}

static struct node *add(struct node *folder, const char *name, umode_t mode, const struct node *like)
{
	const char *last = strrchr(name, '/');
	struct node *node;

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
		node->dentry.d_inode = &node->inode;
		node->dentry.d_parent = &folder->dentry;
		node->dentry.d_name = (struct qstr)QSTR_INIT(node->name, strlen(name));
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
	struct node *node = node_of(&opened->file);
	int (*fn)(struct inode *inode, struct file *file) = node->debug ? node->debug->release : node->proc->proc_release;

	if (opened->released)
		return;
	opened->released = true;
	if (fn)
		fn(&node->inode, &opened->file);
}

/* Removes a file, or a folder with all that is in it. procfs releases open files, debugfs leaves that to who closes them. */
static void remove_node(struct node *node)
{
	struct node *child, *next;
	struct opened *opened;

	list_for_each_entry_safe(child, next, &node->children, siblings)
		remove_node(child);
	mutex_lock(&tree_lock);
	list_del_init(&node->siblings);
	mutex_unlock(&tree_lock);
	down_write(&node->users);
	node->removed = true;
	if (!node->debug)
		list_for_each_entry(opened, &node->opened, siblings)
			release(opened);
	up_write(&node->users);
	put_node(node);
}

static bool use(struct node *node)
{
	down_read(&node->users);
	if (!node->removed)
		return true;
	up_read(&node->users);
	return false;
}

/* What a system call calls: one of the file's functions, unless it is removed. */
#define CALL(file, type, debug_fn, proc_fn, missing, ...) \
	({ \
		struct node *__node = node_of(file); \
		type __result = -EIO; \
		\
		if (use(__node)) { \
			typeof(__node->debug->debug_fn) __fn = __node->debug ? __node->debug->debug_fn : \
									      __node->proc->proc_fn; \
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

/* Returns a file that is not removed yet. */
static struct node *look_up(const char *path)
{
	static const char proc[] = "/proc/", debug[] = "/sys/kernel/debug/";
	struct node *node = NULL;

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
	struct node *node = look_up(path);
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
	opened->file.f_path.dentry = &node->dentry;
	opened->file.f_op = &file_ops;
	opened->file.f_flags = flags;
	opened->file.f_mode = OPEN_FMODE(flags) | FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE;
	mutex_init(&opened->file.f_pos_lock);
	error = CALL(&opened->file, int, open, proc_open, 0, &node->inode, &opened->file);
	if (error) {
		put_node(node);
		kfree(opened);
		return ERR_PTR(error);
	}
	down_write(&node->users);
	list_add(&opened->siblings, &node->opened);
	if (node->removed && !node->debug)
		release(opened);
	up_write(&node->users);
	return &opened->file;
}

int filp_close(struct file *file, fl_owner_t id)
{
	struct opened *opened = container_of(file, struct opened, file);
	struct node *node = node_of(file);

	/* One that was made in another way: fput() is for these. */
	if (WARN_ON(file->f_op != &file_ops))
		return -EBADF;
	down_write(&node->users);
	list_del(&opened->siblings);
	release(opened);
	up_write(&node->users);
	put_node(node);
	kfree(opened);
	return 0;
}

/* procfs. Its descriptors are nodes. */

static struct proc_dir_entry *add_proc(const char *name, umode_t mode, struct proc_dir_entry *parent, struct node like,
				       void *data)
{
	like.inode.i_private = data;
	return (void *)add((struct node *)parent ?: &proc_folder, name, mode, &like);
}

static umode_t file_mode(umode_t mode)
{
	return (mode & S_IALLUGO ?: 0444) | S_IFREG;
}

struct proc_dir_entry *proc_create_data(const char *name, umode_t mode, struct proc_dir_entry *parent,
					const struct proc_ops *proc_ops, void *data)
{
	return add_proc(name, file_mode(mode), parent, (struct node){ .proc = proc_ops }, data);
}

struct proc_dir_entry *proc_create(const char *name, umode_t mode, struct proc_dir_entry *parent,
				   const struct proc_ops *proc_ops)
{
	return proc_create_data(name, mode, parent, proc_ops, NULL);
}

static int open_seq(struct inode *inode, struct file *file)
{
	struct node *node = node_of(file);

	if (node->seq_size)
		return __seq_open_private(file, node->seq, node->seq_size) ? 0 : -ENOMEM;
	return seq_open(file, node->seq);
}

static int release_seq(struct inode *inode, struct file *file)
{
	return node_of(file)->seq_size ? seq_release_private(inode, file) : seq_release(inode, file);
}

static int open_single(struct inode *inode, struct file *file)
{
	return single_open(file, node_of(file)->show, pde_data(inode));
}

static const struct proc_ops seq_ops = {
	.proc_open = open_seq,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = release_seq,
};
static const struct proc_ops single_ops = {
	.proc_open = open_single,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = single_release,
};

struct proc_dir_entry *proc_create_seq_private(const char *name, umode_t mode, struct proc_dir_entry *parent,
					       const struct seq_operations *ops, unsigned int state_size, void *data)
{
	struct node like = { .proc = &seq_ops, .seq = ops, .seq_size = state_size };

	return add_proc(name, file_mode(mode), parent, like, data);
}

struct proc_dir_entry *proc_create_single_data(const char *name, umode_t mode, struct proc_dir_entry *parent,
					       int (*show)(struct seq_file *, void *), void *data)
{
	return add_proc(name, file_mode(mode), parent, (struct node){ .proc = &single_ops, .show = show }, data);
}

struct proc_dir_entry *proc_mkdir_data(const char *name, umode_t mode, struct proc_dir_entry *parent, void *data)
{
	return add_proc(name, (mode ?: 0555) | S_IFDIR, parent, (struct node){ .proc = proc_folder.proc }, data);
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
		remove_node((struct node *)entry);
}

int remove_proc_subtree(const char *name, struct proc_dir_entry *parent)
{
	struct node *node;

	mutex_lock(&tree_lock);
	node = find((struct node *)parent ?: &proc_folder, name, strlen(name));
	mutex_unlock(&tree_lock);
	if (!node)
		return -ENOENT;
	remove_node(node);
	return 0;
}

void remove_proc_entry(const char *name, struct proc_dir_entry *parent)
{
	WARN(remove_proc_subtree(name, parent), "name '%s'\n", name);
}

void proc_set_size(struct proc_dir_entry *entry, loff_t size)
{
	((struct node *)entry)->inode.i_size = size;
}

void proc_set_user(struct proc_dir_entry *entry, kuid_t uid, kgid_t gid)
{
	((struct node *)entry)->inode.i_uid = uid;
	((struct node *)entry)->inode.i_gid = gid;
}

void *proc_get_parent_data(const struct inode *inode)
{
	return container_of(inode, struct node, inode)->parent->inode.i_private;
}

/* debugfs. */

static struct node *node_of_dentry(struct dentry *dentry)
{
	return dentry ? container_of(dentry, struct node, dentry) : &debug_folder;
}

static struct dentry *add_debug(const char *name, umode_t mode, struct dentry *parent, void *data,
				const struct file_operations *fops)
{
	struct node like = { .debug = fops, .inode.i_private = data };
	struct node *node;

	if (IS_ERR(parent))
		return parent;
	node = add(node_of_dentry(parent), name, mode, &like);
	return node ? &node->dentry : ERR_PTR(-EEXIST);
}

struct dentry *debugfs_create_file(const char *name, umode_t mode, struct dentry *parent, void *data,
				   const struct file_operations *fops)
{
	return add_debug(name, (mode & S_IALLUGO) | S_IFREG, parent, data, fops ?: debug_folder.debug);
}

struct dentry *debugfs_create_file_unsafe(const char *name, umode_t mode, struct dentry *parent, void *data,
					  const struct file_operations *fops)
{
	return debugfs_create_file(name, mode, parent, data, fops);
}

struct dentry *debugfs_create_dir(const char *name, struct dentry *parent)
{
	return add_debug(name, 0755 | S_IFDIR, parent, NULL, debug_folder.debug);
}

struct dentry *debugfs_lookup(const char *name, struct dentry *parent)
{
	struct node *node = NULL;

	if (IS_ERR(parent))
		return NULL;
	mutex_lock(&tree_lock);
	node = find(node_of_dentry(parent), name, strlen(name));
	mutex_unlock(&tree_lock);
	return node ? &node->dentry : NULL;
}

void debugfs_remove(struct dentry *dentry)
{
	if (!IS_ERR_OR_NULL(dentry))
		remove_node(node_of_dentry(dentry));
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
	return node_of(file)->debug;
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

#define NUMBER(name, type, format) \
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
	DEFINE_DEBUGFS_ATTRIBUTE(fops_##name, get_##name, set_##name, format); \
	void debugfs_create_##name(const char *file, umode_t mode, struct dentry *parent, type *value) \
	{ \
		debugfs_create_file(file, mode, parent, value, &fops_##name); \
	}
NUMBER(u8, u8, "%llu\n")
NUMBER(u16, u16, "%llu\n")
NUMBER(u32, u32, "%llu\n")
NUMBER(u64, u64, "%llu\n")
NUMBER(ulong, unsigned long, "%llu\n")
NUMBER(size_t, size_t, "%llu\n")
NUMBER(x8, u8, "0x%02llx\n")
NUMBER(x16, u16, "0x%04llx\n")
NUMBER(x32, u32, "0x%08llx\n")
NUMBER(x64, u64, "0x%016llx\n")
