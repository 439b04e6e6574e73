// SPDX-License-Identifier: MIT
/* A block of a device whose holder is its bytes, in memory of its own size. The page cache would need a driver for the device. */
struct buffer_head *__bread_gfp(struct block_device *bdev, sector_t block, unsigned size, gfp_t gfp)
{
	struct buffer_head *head;

	if (block >= bdev_nr_bytes(bdev) / size)
		return NULL;
	head = kzalloc(sizeof(*head), GFP_KERNEL);
	if (!head)
		return NULL;
	head->b_data = kmemdup((u8 *)bdev->bd_holder + block * size, size, GFP_KERNEL);
	head->b_size = size;
	head->b_blocknr = block;
	head->b_bdev = bdev;
	set_buffer_uptodate(head);
	get_bh(head);
	return head;
}
