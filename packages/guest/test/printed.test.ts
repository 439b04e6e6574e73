import { expect, it } from "vitest";
import { runFiles, withFiles } from "./harness.ts";

const program = (body: string) => `
#include <linux/bug.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
static int __init start(void)
{
	char out[32], *text = kmalloc(8, GFP_KERNEL);

	memcpy(text, "12345678", 8);
	${body}
	return 0;
}
module_init(start);
`;

it.each([
  ["a string that does not end", 'pr_info("%s\\n", text);', ["slab-out-of-bounds in string"]],
  ["a freed string", 'kfree(text); snprintf(out, sizeof(out), "%s", text);', ["slab-use-after-free in string"]],
  ["freed bytes", 'kfree(text); pr_info("%*ph\\n", 4, text);', ["slab-use-after-free in pointer"]],
  ["what a precision leaves out", 'snprintf(out, sizeof(out), "%.8s", text); kfree(text);', []],
])("what is printed is checked: %s", async (_, body, expected) => {
  const { reports } = await withFiles({ "printed.c": program(body) }, (files) => runFiles(files));
  expect(reports.map(({ bugType, function: at }) => `${bugType} in ${at?.symbol}`)).toEqual(expected);
  expect(reports.every(({ access }) => access.kind === "Read" && access.size === 1n)).toBe(true);
});
