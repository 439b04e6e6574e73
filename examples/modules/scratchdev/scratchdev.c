// SPDX-License-Identifier: MIT
/*
 * /dev/scratch: a device with a line of text for each that opens it. It can be written, read, counted and cleared.
 *
 * Bug: a text that fills the line leaves no room for the NUL behind it.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/ioctl.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#define SCRATCH_SIZE	64

#define SCRATCH_CLEAR	_IO('s', 1)
#define SCRATCH_WORDS	_IOR('s', 2, int)

struct scratch {
	struct mutex lock;
	size_t length;
	char *text;
};

static int scratch_open(struct inode *inode, struct file *file)
{
	struct scratch *scratch = kzalloc(sizeof(*scratch), GFP_KERNEL);

	if (!scratch)
		return -ENOMEM;
	scratch->text = kzalloc(SCRATCH_SIZE, GFP_KERNEL);
	if (!scratch->text) {
		kfree(scratch);
		return -ENOMEM;
	}
	mutex_init(&scratch->lock);
	file->private_data = scratch;
	return 0;
}

static int scratch_release(struct inode *inode, struct file *file)
{
	struct scratch *scratch = file->private_data;

	kfree(scratch->text);
	kfree(scratch);
	return 0;
}

static ssize_t scratch_read(struct file *file, char __user *to, size_t count, loff_t *pos)
{
	struct scratch *scratch = file->private_data;
	ssize_t result = 0;

	mutex_lock(&scratch->lock);
	if (*pos < scratch->length) {
		count = min_t(size_t, count, scratch->length - *pos);
		result = copy_to_user(to, scratch->text + *pos, count) ? -EFAULT : count;
		if (result > 0)
			*pos += result;
	}
	mutex_unlock(&scratch->lock);
	return result;
}

static ssize_t scratch_write(struct file *file, const char __user *from, size_t count, loff_t *pos)
{
	struct scratch *scratch = file->private_data;

#ifdef SEEDED_BUG
	count = min_t(size_t, count, SCRATCH_SIZE);
#else
	count = min_t(size_t, count, SCRATCH_SIZE - 1);
#endif
	mutex_lock(&scratch->lock);
	if (copy_from_user(scratch->text, from, count)) {
		mutex_unlock(&scratch->lock);
		return -EFAULT;
	}
	scratch->length = count;
	scratch->text[count] = '\0';
	mutex_unlock(&scratch->lock);
	return count;
}

static int scratch_words(const struct scratch *scratch)
{
	int words = 0;

	for (size_t i = 0; i < scratch->length; i++)
		words += scratch->text[i] != ' ' && (i == 0 || scratch->text[i - 1] == ' ');
	return words;
}

static long scratch_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	struct scratch *scratch = file->private_data;
	long result = 0;

	mutex_lock(&scratch->lock);
	switch (command) {
	case SCRATCH_CLEAR:
		scratch->length = 0;
		break;
	case SCRATCH_WORDS:
		result = put_user(scratch_words(scratch), (int __user *)argument);
		break;
	default:
		result = -ENOTTY;
	}
	mutex_unlock(&scratch->lock);
	return result;
}

static const struct file_operations scratch_fops = {
	.owner		= THIS_MODULE,
	.open		= scratch_open,
	.release	= scratch_release,
	.read		= scratch_read,
	.write		= scratch_write,
	.unlocked_ioctl	= scratch_ioctl,
};

static struct miscdevice scratch_misc = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "scratch",
	.fops	= &scratch_fops,
};

/* What a program does with the device. */
static int __init try_device(char __user *user)
{
	static const char text[] = "the quick brown fox jumps over the lazy dog, and then over the other one";
	const struct file_operations *fops = scratch_misc.fops;
	struct file file = { .f_mode = FMODE_READ | FMODE_WRITE };
	struct inode inode = {};
	char line[SCRATCH_SIZE + 1] = {};
	ssize_t written, got;
	int words, error;

	if (copy_to_user(user, text, sizeof(text)))
		return -EFAULT;
	error = fops->open(&inode, &file);
	if (error)
		return error;
	written = fops->write(&file, user, strlen(text), &file.f_pos);
	file.f_pos = 0;
	got = fops->read(&file, user, SCRATCH_SIZE, &file.f_pos);
	if (got != written || copy_from_user(line, user, got) || strncmp(line, text, got))
		error = -EIO;
	if (fops->unlocked_ioctl(&file, SCRATCH_WORDS, (unsigned long)user) || get_user(words, (int __user *)user))
		error = -EIO;
	pr_info("scratch: \"%s\", %d words\n", line, words);
	if (fops->unlocked_ioctl(&file, SCRATCH_CLEAR, 0) || fops->unlocked_ioctl(&file, 0, 0) != -ENOTTY)
		error = -EIO;
	fops->release(&inode, &file);
	return error;
}

static int __init scratch_init(void)
{
	unsigned long user = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, 0);
	int error;

	if (IS_ERR_VALUE(user))
		return user;
	error = misc_register(&scratch_misc);
	if (error)
		return error;
	error = try_device((char __user *)user);
	if (error)
		misc_deregister(&scratch_misc);
	return error;
}

static void __exit scratch_exit(void)
{
	misc_deregister(&scratch_misc);
}

module_init(scratch_init);
module_exit(scratch_exit);
MODULE_DESCRIPTION("Device with a line of text");
MODULE_LICENSE("GPL");
