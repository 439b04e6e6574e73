import { expect, test } from "vitest";
import { readLines } from "../../test/read.ts";

test("the last allocation and the last free of a page", () => {
  const { fields, roles } = readLines([
    "page_owner tracks the page as freed",
    "page last allocated via order 0, migratetype Unmovable, gfp_mask 0xcc0(GFP_KERNEL), pid 7, tgid 7 (a), ts 1234567890, free_ts 0",
    " f+0x1/0x2",
    "page last free pid 8 tgid 8 stack trace:",
    " g+0x1/0x2",
  ]);
  expect(fields.pageOwner).toMatchObject({
    allocatedNow: false,
    allocated: { pid: 7, timestamp: 1234567, stack: [{ symbol: "f" }] },
    freed: { pid: 8, stack: [{ symbol: "g" }] },
  });
  expect(roles).toEqual(["page", "page", "frame", "page", "frame"]);
});
