// SPDX-License-Identifier: MIT
/*
 * Reads a small file system from an image in memory: a super block, one directory, files in one piece.
 *
 * Bug: the length of a name is compared with the longest name, but not with the space that is left in the directory.
 */
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/types.h>

#define MINIFS_MAGIC	0x5346494d	/* "MIFS" */
#define MINIFS_NAME_MAX	32
#define MINIFS_BLOCK	256

struct minifs_super {
	__le32 magic;
	__le16 dir_block;
	__le16 dir_bytes;
} __packed;

/* As it lies in the image; the name comes behind it, without a NUL. */
struct minifs_disk_entry {
	__le16 block;
	__le16 size;
	u8 name_len;
} __packed;

struct minifs_entry {
	u16 block;
	u16 size;
	char name[MINIFS_NAME_MAX + 1];
};

struct minifs {
	u16 dir_bytes;
	u16 blocks;
	u8 *dir;
};

static struct minifs *minifs_mount(const u8 *image, size_t size)
{
	const struct minifs_super *super = (const void *)image;
	struct minifs *fs;
	size_t start;

	if (size < MINIFS_BLOCK || le32_to_cpu(super->magic) != MINIFS_MAGIC)
		return ERR_PTR(-EINVAL);
	fs = kzalloc(sizeof(*fs), GFP_KERNEL);
	if (!fs)
		return ERR_PTR(-ENOMEM);
	fs->blocks = size / MINIFS_BLOCK;
	fs->dir_bytes = le16_to_cpu(super->dir_bytes);
	start = le16_to_cpu(super->dir_block) * MINIFS_BLOCK;
	if (start > size || fs->dir_bytes > size - start) {
		kfree(fs);
		return ERR_PTR(-EUCLEAN);
	}
	fs->dir = kmemdup(image + start, fs->dir_bytes, GFP_KERNEL);
	if (!fs->dir) {
		kfree(fs);
		return ERR_PTR(-ENOMEM);
	}
	return fs;
}

static void minifs_unmount(struct minifs *fs)
{
	kfree(fs->dir);
	kfree(fs);
}

/* Returns where the next entry begins, or an error. */
static noinline int minifs_read_entry(const struct minifs *fs, unsigned int at, struct minifs_entry *entry)
{
	const struct minifs_disk_entry *disk = (const void *)(fs->dir + at);
	unsigned int left = fs->dir_bytes - at;

	if (left < sizeof(*disk))
		return -EUCLEAN;
	left -= sizeof(*disk);
	if (disk->name_len > MINIFS_NAME_MAX)
		return -ENAMETOOLONG;
#ifndef SEEDED_BUG
	if (disk->name_len > left)
		return -EUCLEAN;
#endif
	entry->block = le16_to_cpu(disk->block);
	entry->size = le16_to_cpu(disk->size);
	memcpy(entry->name, disk + 1, disk->name_len);
	entry->name[disk->name_len] = '\0';
	return at + sizeof(*disk) + disk->name_len;
}

static int minifs_lookup(const struct minifs *fs, const char *name, struct minifs_entry *entry)
{
	int at = 0;

	while (at < fs->dir_bytes) {
		at = minifs_read_entry(fs, at, entry);
		if (at < 0)
			return at;
		if (!strcmp(entry->name, name))
			return entry->block < fs->blocks ? 0 : -EUCLEAN;
	}
	return -ENOENT;
}

static unsigned int __init add_entry(u8 *dir, unsigned int at, u16 block, const char *name, u8 name_len)
{
	struct minifs_disk_entry *disk = (void *)(dir + at);

	disk->block = cpu_to_le16(block);
	disk->size = cpu_to_le16(100);
	disk->name_len = name_len;
	memcpy(disk + 1, name, strlen(name));
	return at + sizeof(*disk) + strlen(name);
}

static int __init minifs_init(void)
{
	u8 *image = kzalloc(4 * MINIFS_BLOCK, GFP_KERNEL);
	struct minifs_super *super = (void *)image;
	u8 *dir = image + MINIFS_BLOCK;
	struct minifs_entry entry;
	struct minifs *fs;
	unsigned int bytes;
	int found, broken;

	if (!image)
		return -ENOMEM;
	bytes = add_entry(dir, 0, 2, "readme", 6);
	/* The last entry of this image says that its name is longer than the directory is. */
	bytes = add_entry(dir, bytes, 3, "notes", 15);
	super->magic = cpu_to_le32(MINIFS_MAGIC);
	super->dir_block = cpu_to_le16(1);
	super->dir_bytes = cpu_to_le16(bytes);

	fs = minifs_mount(image, 4 * MINIFS_BLOCK);
	kfree(image);
	if (IS_ERR(fs))
		return PTR_ERR(fs);
	found = minifs_lookup(fs, "readme", &entry);
	if (!found)
		pr_info("minifs: readme: block %u, %u bytes\n", entry.block, entry.size);
	broken = minifs_lookup(fs, "notes", &entry);
	pr_info("minifs: notes: %d\n", broken);
	minifs_unmount(fs);
	return found;
}

static void __exit minifs_exit(void)
{
}

module_init(minifs_init);
module_exit(minifs_exit);
MODULE_DESCRIPTION("Reads a small file system from an image");
MODULE_LICENSE("GPL");
