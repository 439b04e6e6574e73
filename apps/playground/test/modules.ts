/** A module whose init function has these lines. */
export const moduleOf = (...lines: string[]): string =>
  [
    "#include <linux/module.h>",
    "#include <linux/slab.h>",
    "static int __init own_init(void)",
    "{",
    ...lines,
    "return 0;",
    "}",
    "module_init(own_init);",
    'MODULE_LICENSE("GPL");',
  ].join("\n");
