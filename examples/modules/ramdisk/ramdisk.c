// SPDX-License-Identifier: MIT
/*
 * /dev/rd0: a disk in memory with one partition and a small file system in it. The kernel reads the table of partitions; the file system
 * reads its super block and its directory through buffer heads, and its files through the page cache.
 *
 * Bug: the disk's memory is freed while its file system is mounted: what is not written yet is written to it.
 */
#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/buffer_head.h>
#include <linux/err.h>
#include <linux/highmem.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/slab.h>
#include <linux/string.h>

#define RD_SECTORS	256
#define RD_MINORS	4
/* The partition begins at a page of the disk. */
#define RD_START	8
/* This sector of the disk cannot be read, as one of an old disk. */
#define RD_BAD_SECTOR	80

#define RDFS_MAGIC	0x53464452	/* "RDFS" */
#define RDFS_BLOCK	1024
#define RDFS_NAME_MAX	24
#define RDFS_ENTRIES	8

struct ramdisk {
	struct gendisk *gendisk;
	u8 *bytes;
};

/* An entry of the table of partitions in a disk's first sector. */
struct mbr_entry {
	u8 status;
	u8 first_chs[3];
	u8 type;
	u8 last_chs[3];
	__le32 start;
	__le32 sectors;
} __packed;

/* Block 1 of the partition. */
struct rdfs_super {
	__le32 magic;
	__le32 mounts;
	__le32 dir_block;
	u8 mounted;
};

struct rdfs_entry {
	__le32 block;
	__le32 size;
	char name[RDFS_NAME_MAX];
};

struct rdfs {
	struct file *file;
	struct buffer_head *super;
};

static struct ramdisk ramdisk;
static struct rdfs rdfs;
static int major;

static noinline void ramdisk_copy(struct ramdisk *rd, struct bio *bio)
{
	u8 *at = rd->bytes + bio->bi_iter.bi_sector * SECTOR_SIZE;
	struct bvec_iter iter;
	struct bio_vec vec;

	bio_for_each_segment(vec, bio, iter) {
		if (op_is_write(bio_op(bio)))
			memcpy_from_bvec(at, &vec);
		else
			memcpy_to_bvec(&vec, at);
		at += vec.bv_len;
	}
}

static void ramdisk_submit_bio(struct bio *bio)
{
	struct ramdisk *rd = bio->bi_bdev->bd_disk->private_data;
	sector_t sector = bio->bi_iter.bi_sector;

	if (bio_op(bio) == REQ_OP_READ && sector <= RD_BAD_SECTOR && RD_BAD_SECTOR < bio_end_sector(bio)) {
		bio_io_error(bio);
		return;
	}
	ramdisk_copy(rd, bio);
	bio_endio(bio);
}

static const struct block_device_operations ramdisk_fops = {
	.owner = THIS_MODULE,
	.submit_bio = ramdisk_submit_bio,
};

static int rdfs_mount(struct rdfs *fs, dev_t dev)
{
	struct rdfs_super *super;
	int error;

	fs->file = bdev_file_open_by_dev(dev, BLK_OPEN_READ | BLK_OPEN_WRITE, fs, NULL);
	if (IS_ERR(fs->file))
		return PTR_ERR(fs->file);
	error = set_blocksize(fs->file, RDFS_BLOCK);
	if (error)
		goto close;
	error = -EIO;
	fs->super = __bread(file_bdev(fs->file), 1, RDFS_BLOCK);
	if (!fs->super)
		goto close;
	super = (void *)fs->super->b_data;
	error = -EINVAL;
	if (le32_to_cpu(super->magic) != RDFS_MAGIC)
		goto release;
	le32_add_cpu(&super->mounts, 1);
	super->mounted = 1;
	mark_buffer_dirty(fs->super);
	error = sync_dirty_buffer(fs->super);
	if (error)
		goto release;
	return 0;
release:
	brelse(fs->super);
close:
	bdev_fput(fs->file);
	return error;
}

static void rdfs_unmount(struct rdfs *fs)
{
	struct rdfs_super *super = (void *)fs->super->b_data;

	super->mounted = 0;
	mark_buffer_dirty(fs->super);
	brelse(fs->super);
	if (sync_blockdev(file_bdev(fs->file)))
		pr_err("ramdisk: not all is written\n");
	bdev_fput(fs->file);
}

static int rdfs_lookup(const struct rdfs *fs, const char *name, struct rdfs_entry *found)
{
	const struct rdfs_super *super = (void *)fs->super->b_data;
	const struct rdfs_entry *entries;
	struct buffer_head *dir;
	int result = -ENOENT;

	dir = __bread(file_bdev(fs->file), le32_to_cpu(super->dir_block), RDFS_BLOCK);
	if (!dir)
		return -EIO;
	entries = (void *)dir->b_data;
	for (int i = 0; i < RDFS_ENTRIES && result; i++) {
		if (strncmp(entries[i].name, name, RDFS_NAME_MAX))
			continue;
		*found = entries[i];
		result = 0;
	}
	brelse(dir);
	return result;
}

/* Files are shorter than a block. Returns how many bytes there are. */
static ssize_t rdfs_read(const struct rdfs *fs, const char *name, char *to, size_t size)
{
	struct rdfs_entry entry;
	struct folio *folio;
	loff_t pos;
	int error;

	error = rdfs_lookup(fs, name, &entry);
	if (error)
		return error;
	size = min3(size, (size_t)le32_to_cpu(entry.size), (size_t)RDFS_BLOCK);
	pos = (loff_t)le32_to_cpu(entry.block) * RDFS_BLOCK;
	folio = read_mapping_folio(fs->file->f_mapping, pos >> PAGE_SHIFT, fs->file);
	if (IS_ERR(folio))
		return PTR_ERR(folio);
	memcpy_from_folio(to, folio, offset_in_folio(folio, pos), size);
	folio_put(folio);
	return size;
}

static void __init add_file(u8 *part, int nr, const char *name, u32 block, const char *text)
{
	struct rdfs_entry *entry = (struct rdfs_entry *)(part + 2 * RDFS_BLOCK) + nr;

	entry->block = cpu_to_le32(block);
	entry->size = cpu_to_le32(strlen(text));
	strscpy(entry->name, name);
	memcpy(part + block * RDFS_BLOCK, text, strlen(text));
}

/* What fdisk and mkfs would write. */
static void __init format_disk(u8 *bytes)
{
	u8 *part = bytes + RD_START * SECTOR_SIZE;
	struct rdfs_super *super = (void *)(part + RDFS_BLOCK);
	struct mbr_entry *table = (void *)(bytes + 446);

	table->type = 0x83;
	table->start = cpu_to_le32(RD_START);
	table->sectors = cpu_to_le32(RD_SECTORS - RD_START);
	bytes[510] = 0x55;
	bytes[511] = 0xaa;
	super->magic = cpu_to_le32(RDFS_MAGIC);
	super->dir_block = cpu_to_le32(2);
	add_file(part, 0, "readme", 4, "all of this is in memory");
	add_file(part, 1, "lost", (RD_BAD_SECTOR - RD_START) * SECTOR_SIZE / RDFS_BLOCK, "nobody reads this");
}

static int __init read_files(const struct rdfs *fs)
{
	char text[32];
	ssize_t read = rdfs_read(fs, "readme", text, sizeof(text));

	if (read < 0)
		return read;
	pr_info("ramdisk: readme: %.*s\n", (int)read, text);
	pr_info("ramdisk: lost: %zd\n", rdfs_read(fs, "lost", text, sizeof(text)));
	return 0;
}

static int __init add_ramdisk(struct ramdisk *rd)
{
	struct gendisk *gendisk = blk_alloc_disk(NULL, NUMA_NO_NODE);
	int error;

	if (IS_ERR(gendisk))
		return PTR_ERR(gendisk);
	gendisk->major = major;
	gendisk->minors = RD_MINORS;
	gendisk->fops = &ramdisk_fops;
	gendisk->private_data = rd;
	strscpy(gendisk->disk_name, "rd0");
	set_capacity(gendisk, RD_SECTORS);
	error = add_disk(gendisk);
	if (error)
		put_disk(gendisk);
	else
		rd->gendisk = gendisk;
	return error;
}

static void remove_ramdisk(struct ramdisk *rd)
{
	del_gendisk(rd->gendisk);
	put_disk(rd->gendisk);
}

static int __init ramdisk_init(void)
{
	int error;

	ramdisk.bytes = kcalloc(RD_SECTORS, SECTOR_SIZE, GFP_KERNEL);
	if (!ramdisk.bytes)
		return -ENOMEM;
	format_disk(ramdisk.bytes);
	error = major = register_blkdev(0, "ramdisk");
	if (error < 0)
		goto free;
	error = add_ramdisk(&ramdisk);
	if (error)
		goto unregister;
	error = rdfs_mount(&rdfs, MKDEV(major, 1));
	if (error)
		goto remove;
	error = read_files(&rdfs);
	if (error)
		goto unmount;
	return 0;
unmount:
	rdfs_unmount(&rdfs);
remove:
	remove_ramdisk(&ramdisk);
unregister:
	unregister_blkdev(major, "ramdisk");
free:
	kfree(ramdisk.bytes);
	return error;
}

static void __exit ramdisk_exit(void)
{
#ifdef SEEDED_BUG
	kfree(ramdisk.bytes);
	rdfs_unmount(&rdfs);
#else
	const struct rdfs_super *super = (void *)(ramdisk.bytes + RD_START * SECTOR_SIZE + RDFS_BLOCK);

	rdfs_unmount(&rdfs);
	pr_info("ramdisk: mounts: %u, mounted: %u\n", le32_to_cpu(super->mounts), super->mounted);
	kfree(ramdisk.bytes);
#endif
	remove_ramdisk(&ramdisk);
	unregister_blkdev(major, "ramdisk");
}

module_init(ramdisk_init);
module_exit(ramdisk_exit);
MODULE_DESCRIPTION("A disk in memory, and a small file system on it");
MODULE_LICENSE("GPL");
