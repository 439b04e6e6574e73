import { shadowOf } from "@kasan/shadow";
import { afterAll, expect, test } from "vitest";
import { word, written } from "../../test/changed-memory.ts";
import { openKernel } from "../../test/kernels.ts";
import { findReferences } from "../find/find.ts";
import { findOut } from "../finding/finding.ts";
import { findingText } from "../finding/text.ts";
import { inspect } from "../inspect/inspect.ts";
import { styleOf } from "../report/reconstruct.ts";
import { Kernel } from "./kernel.ts";
import { pagesOf } from "./page-dump.ts";
import { eachSlab } from "./slab-walk.ts";
import { vmallocAreas } from "./vmalloc.ts";

const image = await openKernel("riscv64");
afterAll(() => image.close());

const PAGE = 4096;
const FLAG_HEAD = 0x40n;
/** `_mapcount` and `_refcount`: no type, one reference. */
const COUNTS = 0x1_ffff_ffffn;
const ORDER = 1;
const ASKED = 5005;

/** The memory, with a kmalloc of two pages where a slab was. */
function withLargeKmalloc(shadowEnd = 0xfe) {
  const { kernel } = image;
  // The image is of parts of the memory: one that has all that is asked for.
  const has = (address: bigint) => kernel.memory.has(shadowOf(image.shadow!, address));
  const slab = [...eachSlab(kernel)].find(({ address }) => has(address) && has(address + BigInt(2 * PAGE - 1)))!;
  const { bytes } = pagesOf(kernel);
  const second = slab.head + BigInt(bytes);
  const shadow = new Uint8Array((PAGE * 2) / 8).fill(0xfe, Math.ceil(ASKED / 8));
  shadow[Math.floor(ASKED / 8)] = ASKED % 8;
  shadow[shadow.length - 1] = shadowEnd;
  const changed = written(
    image,
    [slab.head, word(FLAG_HEAD)],
    [slab.head + 8n, word(0n)],
    [slab.head + 48n, word(COUNTS)],
    [second, word(BigInt(ORDER))],
    [second + 8n, word(slab.head + 1n)],
    [second + 48n, word(COUNTS)],
    [shadowOf(image.shadow!, slab.address), shadow],
  );
  return { kernel: new Kernel(changed, { symbols: kernel.symbols }), start: slab.address };
}

test("a large kmalloc is known by its redzone, from all of its pages", () => {
  const { kernel, start } = withLargeKmalloc();
  const large = { address: start, pages: 2, allocSize: ASKED };
  for (const offset of [0, 4999, ASKED, 2 * PAGE - 1]) {
    const finding = findOut(kernel, start + BigInt(offset));
    expect(finding).toMatchObject({ largeKmalloc: large });
    expect(finding.report !== undefined).toBe(offset >= ASKED);
  }
  const text = findingText(findOut(kernel, start), styleOf(kernel));
  expect(text).toContain(`, in use: a large kmalloc of ${ASKED} bytes, in 2 pages of its own\n`);
  expect(findReferences(kernel, start + 9n).target).toEqual([start, start + BigInt(ASKED - 1)]);
});

test("pages without a redzone up to their end are none", () => {
  const { kernel, start } = withLargeKmalloc(0);
  expect(findOut(kernel, start).largeKmalloc).toBeUndefined();
});

test("its free is that of its first address", () => {
  const { kernel, start } = withLargeKmalloc();
  const report = (address: bigint) => findOut(kernel, address, "free").report?.split("\n")[1];
  expect(report(start)).toBeUndefined();
  expect(report(start + BigInt(PAGE))).toBe("BUG: KASAN: invalid-free");
  expect(report(start + 8n)).toBe("BUG: KASAN: invalid-free");
});

test("only what the direct map has is freed", () => {
  const { kernel } = image;
  const verdict = (address: bigint) => inspect(image, address, "free").verdict;
  expect(verdict(0n)).toMatchObject({ kind: "allowed", text: "kfree does nothing with it" });
  for (const address of [0x1000n, kernel.symbol("init_task")!, vmallocAreas(kernel)[0]!.start])
    expect(verdict(address)).toMatchObject({ kind: "unchecked", bug: undefined });
});

test("pages of 16 KB begin at multiples of that", () => {
  const architecture = Object.create(image.architecture, { pageShift: { value: 14 } });
  const pages = pagesOf(new Kernel(Object.create(image, { architecture: { value: architecture } })));
  const second = pages.descriptorOf(0x9000_4000);
  expect(pages.startOf(0xffff_0000_9000_7fffn, second, second)).toBe(0xffff_0000_9000_4000n);
  expect(pages.startOf(0xffff_0000_9000_7fffn, second, pages.descriptorOf(0x9000_0000))).toBe(0xffff_0000_9000_0000n);
});
