import { expect, test } from "vitest";
import { readLines } from "../../test/read.ts";

test.each([
  "BUG kmalloc-8 (Not tainted): kasan: bad access detected",
  "INFO: Slab 0xffffea0000028c00 objects=85 used=2 fp=0xffff888000a18060 flags=0x80(slab)",
  "INFO: Object 0xffff888000a18030 @offset=48 fp=0xffff888000a18060",
  "Bytes b4 ffff888000a18020: 00 00 00 00 00 00 00 00 5a 5a 5a 5a 5a 5a 5a 5a  ........ZZZZZZZZ",
  "Object ffff888000a18030: 6b 6b 6b 6b 6b 6b 6b a5                          kkkkkkk.",
  // Since 5.14.
  "[Right Redzone overwritten] 0xffff888000a18040-0xffff888000a18041 @offset=64. First byte 0x41 instead of 0xcc",
  "BUG TestSlub_RZ_alloc (Tainted: G    B            N): Object corrupt",
  "Slab 0xffffea0000028c00 objects=32 used=1 fp=0xffff888000a18088 flags=0x0(zone=0)",
  "Object 0xffff888000a18008 @offset=8 fp=0xffff888000a18088",
  "Redzone  ffff888000a18000: cc cc cc cc cc cc cc cc                          ........",
  "Padding  ffff888000a18070: 5a 5a 5a 5a 5a 5a 5a 5a                          ZZZZZZZZ",
  "FIX TestSlub_RZ_alloc: Restoring Right Redzone 0xffff888000a18040-0xffff888000a18041=0xcc",
])("%s", (line) => {
  expect(readLines([line]).roles).toEqual(["slab-dump"]);
});

test.each(["FIXED: it", "Slab cache still has objects", "[ 0.1] Object", "Objects remaining"])(
  "%s is no part of it",
  (line) => {
    expect(readLines([line]).roles).not.toContain("slab-dump");
  },
);
