// SPDX-License-Identifier: MIT
/*
 * A log of events in /sys/kernel/debug/eventlog: "events" has a copy of it for whoever opens it, "dropped" is a number.
 *
 * Bug: what a reader had is freed when the log is cleared by a write, and again when the file is closed.
 */
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#define EVENTS_SIZE	96

static char events[EVENTS_SIZE];
static size_t events_used;
static u32 events_dropped;
static DEFINE_MUTEX(events_lock);
static struct dentry *events_dir;

struct event_reader {
	size_t length;
	char *text;
};

static void event_add(const char *text)
{
	size_t length = strlen(text);

	mutex_lock(&events_lock);
	if (length > EVENTS_SIZE - events_used) {
		events_dropped++;
	} else {
		memcpy(events + events_used, text, length);
		events_used += length;
	}
	mutex_unlock(&events_lock);
}

static int events_open(struct inode *inode, struct file *file)
{
	struct event_reader *reader = kzalloc(sizeof(*reader), GFP_KERNEL);

	if (!reader)
		return -ENOMEM;
	mutex_lock(&events_lock);
	reader->length = events_used;
	reader->text = kmemdup(events, events_used, GFP_KERNEL);
	mutex_unlock(&events_lock);
	if (!reader->text) {
		kfree(reader);
		return -ENOMEM;
	}
	file->private_data = reader;
	return 0;
}

static ssize_t events_read(struct file *file, char __user *to, size_t count, loff_t *pos)
{
	struct event_reader *reader = file->private_data;

	return simple_read_from_buffer(to, count, pos, reader->text, reader->length);
}

/* Clears the log, whatever is written. */
static ssize_t events_write(struct file *file, const char __user *from, size_t count, loff_t *pos)
{
	struct event_reader *reader = file->private_data;

	mutex_lock(&events_lock);
	events_used = 0;
	mutex_unlock(&events_lock);
	kfree(reader->text);
#ifndef SEEDED_BUG
	reader->text = NULL;
#endif
	reader->length = 0;
	return count;
}

static int events_release(struct inode *inode, struct file *file)
{
	struct event_reader *reader = file->private_data;

	kfree(reader->text);
	kfree(reader);
	return 0;
}

static const struct file_operations events_fops = {
	.owner		= THIS_MODULE,
	.open		= events_open,
	.read		= events_read,
	.write		= events_write,
	.llseek		= default_llseek,
	.release	= events_release,
};

/* What "cat" does with a file. */
static int __init show(const char *name, char __user *user)
{
	struct file *file = filp_open(name, O_RDWR, 0);
	char text[EVENTS_SIZE + 1];
	ssize_t length;

	if (IS_ERR(file))
		return PTR_ERR(file);
	length = file->f_op->read(file, user, EVENTS_SIZE, &file->f_pos);
	if (length >= 0 && copy_from_user(text, user, length))
		length = -EFAULT;
	if (length >= 0) {
		text[length] = '\0';
		pr_info("%s:\n%s", name, text);
		if (strstr(name, "events") && file->f_op->write(file, user, 1, &file->f_pos) != 1)
			length = -EIO;
	}
	filp_close(file, NULL);
	return length < 0 ? length : 0;
}

static int __init eventlog_init(void)
{
	unsigned long user = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, 0);
	int error;

	if (IS_ERR_VALUE(user))
		return user;
	events_dir = debugfs_create_dir("eventlog", NULL);
	debugfs_create_file("events", 0600, events_dir, NULL, &events_fops);
	debugfs_create_u32("dropped", 0600, events_dir, &events_dropped);
	event_add("fan on\n");
	event_add("a text that is much too long for the log, since it has more than the ninety-six bytes that are there\n");
	event_add("fan off\n");
	error = show("/sys/kernel/debug/eventlog/events", (char __user *)user);
	error = error ?: show("/sys/kernel/debug/eventlog/dropped", (char __user *)user);
	if (error)
		debugfs_remove(events_dir);
	return error;
}

static void __exit eventlog_exit(void)
{
	debugfs_remove(events_dir);
}

module_init(eventlog_init);
module_exit(eventlog_exit);
MODULE_DESCRIPTION("Log of events in debugfs");
MODULE_LICENSE("GPL");
