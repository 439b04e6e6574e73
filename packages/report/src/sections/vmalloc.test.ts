import { expect, test } from "vitest";
import { readLines, styleOfVersion, textsOf } from "../../test/read.ts";
import { vmalloc } from "./vmalloc.ts";

const caller = { symbol: "f", offset: 1, size: 2, reliable: true };
const region = { pages: 2, start: 0xffffc90000000000n, caller };

test.each([
  [5, 18, region, region],
  [6, 12, region, region],
  [6, 12, "virtual mapping", "virtual mapping"],
  [6, 14, region, "virtual mapping"],
  [6, 17, region, region],
] as const)("in the wording of %i.%i, what is printed is read", (major, minor, printed, read) => {
  const access = { kind: "Read", size: 1, address: 0xffffc90000000001n } as const;
  const report = { bugType: "x", access, vmalloc: printed };
  const texts = textsOf(vmalloc.print?.(report, styleOfVersion(major, minor)));
  expect(readLines(texts).fields.vmalloc).toEqual(read);
});

test("a log can lose the caller", () => {
  const lines = [
    "The buggy address belongs to the virtual mapping at",
    " [ffffc90000000000, ffffc90000003000) created by:",
  ];
  expect(readLines(lines).fields.vmalloc).toEqual({ pages: 3, start: 0xffffc90000000000n });
});
