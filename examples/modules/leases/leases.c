// SPDX-License-Identifier: MIT
/*
 * Address leases in /proc/leases: a list that can be read, and commands that can be written: "add NAME", "end NAME".
 *
 * Bug: the table of states' names lacks the last state.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

enum lease_state { LEASE_OFFERED, LEASE_ACTIVE, LEASE_ENDED };

static const char *lease_states[] = {
	"offered",
	"active",
#ifndef SEEDED_BUG
	"ended",
#endif
};

struct lease {
	struct list_head node;
	enum lease_state state;
	char name[16];
};

static LIST_HEAD(leases);
static DEFINE_MUTEX(leases_lock);

static void *lease_start(struct seq_file *m, loff_t *pos)
{
	mutex_lock(&leases_lock);
	return seq_list_start(&leases, *pos);
}

static void *lease_next(struct seq_file *m, void *v, loff_t *pos)
{
	return seq_list_next(v, &leases, pos);
}

static void lease_stop(struct seq_file *m, void *v)
{
	mutex_unlock(&leases_lock);
}

static int lease_show(struct seq_file *m, void *v)
{
	struct lease *lease = list_entry(v, struct lease, node);

	seq_printf(m, "%-15s %s\n", lease->name, lease_states[lease->state]);
	return 0;
}

static const struct seq_operations lease_seq_ops = {
	.start = lease_start, .next = lease_next, .stop = lease_stop, .show = lease_show,
};

static int lease_open(struct inode *inode, struct file *file)
{
	return seq_open(file, &lease_seq_ops);
}

static struct lease *lease_find(const char *name)
{
	struct lease *lease;

	list_for_each_entry(lease, &leases, node)
		if (!strcmp(lease->name, name))
			return lease;
	return NULL;
}

static int lease_command(const char *verb, const char *name)
{
	struct lease *lease = lease_find(name);

	if (!strcmp(verb, "add")) {
		if (lease)
			return -EEXIST;
		lease = kzalloc(sizeof(*lease), GFP_KERNEL);
		if (!lease)
			return -ENOMEM;
		strscpy(lease->name, name);
		lease->state = LEASE_ACTIVE;
		list_add_tail(&lease->node, &leases);
		return 0;
	}
	if (strcmp(verb, "end"))
		return -EINVAL;
	if (!lease)
		return -ENOENT;
	lease->state = LEASE_ENDED;
	return 0;
}

static ssize_t lease_write(struct file *file, const char __user *from, size_t count, loff_t *pos)
{
	char *text, *verb, *name;
	int error;

	if (count > PAGE_SIZE)
		return -E2BIG;
	text = memdup_user_nul(from, count);
	if (IS_ERR(text))
		return PTR_ERR(text);
	name = strim(text);
	verb = strsep(&name, " ");
	mutex_lock(&leases_lock);
	error = name ? lease_command(verb, name) : -EINVAL;
	mutex_unlock(&leases_lock);
	kfree(text);
	return error ?: count;
}

static const struct proc_ops lease_proc_ops = {
	.proc_open = lease_open, .proc_read = seq_read, .proc_write = lease_write,
	.proc_lseek = seq_lseek, .proc_release = seq_release,
};

static int __init command(struct file *file, char __user *user, const char *text)
{
	loff_t pos = 0;
	ssize_t written;

	if (copy_to_user(user, text, strlen(text)))
		return -EFAULT;
	written = file->f_op->write(file, user, strlen(text), &pos);
	return written < 0 ? written : 0;
}

/* What a program does with the file. */
static int __init try_file(char __user *user)
{
	struct file *file = filp_open("/proc/leases", O_RDWR, 0);
	char text[128];
	ssize_t length;
	int error;

	if (IS_ERR(file))
		return PTR_ERR(file);
	error = command(file, user, "add printer\n") ?: command(file, user, "add laptop\n");
	error = error ?: command(file, user, "end printer\n");
	length = file->f_op->read(file, user, sizeof(text) - 1, &file->f_pos);
	if (!error && length < 0)
		error = length;
	if (!error && copy_from_user(text, user, length))
		error = -EFAULT;
	if (!error) {
		text[length] = '\0';
		pr_info("leases:\n%s", text);
	}
	filp_close(file, NULL);
	return error;
}

static void free_leases(void)
{
	struct lease *lease, *next;

	list_for_each_entry_safe(lease, next, &leases, node)
		kfree(lease);
}

static int __init leases_init(void)
{
	unsigned long user = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, 0);
	int error;

	if (IS_ERR_VALUE(user))
		return user;
	if (!proc_create("leases", 0600, NULL, &lease_proc_ops))
		return -ENOMEM;
	error = try_file((char __user *)user);
	if (error) {
		remove_proc_entry("leases", NULL);
		free_leases();
	}
	return error;
}

static void __exit leases_exit(void)
{
	remove_proc_entry("leases", NULL);
	free_leases();
}

module_init(leases_init);
module_exit(leases_exit);
MODULE_DESCRIPTION("Leases in /proc");
MODULE_LICENSE("GPL");
