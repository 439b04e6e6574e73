// SPDX-License-Identifier: MIT
// A device tree: built, made into nodes, cut short, and with each byte of its header and its structure changed.
#include <linux/libfdt.h>
#include <linux/of.h>
#include <linux/of_fdt.h>
#include "check.h"

static long unflatten(u8 *bytes, size_t size)
{
	struct device_node *root = NULL;

	/* Who hands over a tree has looked at its size (fdt_check_header, fdt_totalsize). */
	if (size < sizeof(struct fdt_header) || fdt_check_header(bytes) || fdt_totalsize(bytes) > size)
		return -EINVAL;
	void *nodes = of_fdt_unflatten_tree((void *)bytes, NULL, &root);

	kfree(nodes);
	return nodes ? 0 : -EINVAL;
}

static int __init check_fdt(void)
{
	enum { ROOM = 512 };
	u8 *blob = kzalloc(ROOM, GFP_KERNEL);
	struct device_node *root = NULL, *child;
	u32 number = 0;

	CHECK(fdt_create(blob, ROOM) == 0 && fdt_finish_reservemap(blob) == 0 && fdt_begin_node(blob, "") == 0);
	CHECK(fdt_property_string(blob, "compatible", "kasan,board") == 0 && fdt_begin_node(blob, "serial@10") == 0);
	CHECK(fdt_property_u32(blob, "reg", 0x10) == 0 && fdt_end_node(blob) == 0 && fdt_end_node(blob) == 0 && fdt_finish(blob) == 0);
	size_t size = fdt_totalsize(blob);
	void *nodes = of_fdt_unflatten_tree((void *)blob, NULL, &root);

	CHECK(nodes && root);
	child = root->child;
	CHECK(child && strcmp(child->full_name, "serial@10") == 0 && !child->sibling && child->parent == root);
	CHECK(of_property_read_u32(child, "reg", &number) == 0 && number == 0x10);
	CHECK(of_property_read_u32(child, "size", &number) == -EINVAL);
	kfree(nodes);
	CHECK(refused_parts(unflatten, blob, size) == size);
	parse_changed(unflatten, blob, size);
	kfree(blob);
	return 0;
}
CHECKS(check_fdt);
