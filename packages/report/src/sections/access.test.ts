import { expect, test } from "vitest";
import { readLines, styleOfVersion, textsOf } from "../../test/read.ts";
import { access, untaggedAddress } from "./access.ts";

const task = { comm: "a b/c", pid: 7 };

test("the address is in the title before 4.12", () => {
  const { fields } = readLines([
    "BUG: KASAN: use-after-free in f+0x1/0x2 at addr ffff888000000010",
    "Read of size 8 by task a b/c/7",
  ]);
  expect(fields).toMatchObject({ access: { kind: "Read", size: 8, address: 0xffff888000000010n }, task });
});

test.each([
  ["Write at addr (null) by task a b/c/7", { kind: "Write", address: 0n }],
  ["Read of size 18446744073709551614 at addr 0000000000000010 by task a b/c/7", { size: 2n ** 64n - 2n }],
  ["Free of addr ffff888000000010 by task a b/c/7", { kind: "Free", address: 0xffff888000000010n }],
])("%s", (line, fields) => {
  expect(readLines([line])).toMatchObject({ fields: { access: fields, task }, roles: ["access"] });
});

test("tags belong to the access", () => {
  const what = { kind: "Write", size: 1, address: 0xf1ff888000000010n, pointerTag: 0xf1, memoryTag: 0xfe } as const;
  const texts = textsOf(access.print?.({ access: what, task }, styleOfVersion(6, 12)));
  expect(texts[1]).toBe("Pointer tag: [f1], memory tag: [fe]");
  expect(readLines(texts)).toMatchObject({ fields: { access: what }, roles: ["access", "tags"] });
  expect(untaggedAddress(what)).toBe(0xffff888000000010n);
});

test("a fault that is noticed later has no details", () => {
  const texts = textsOf(access.print?.({ asynchronous: true }, styleOfVersion(6, 12)));
  expect(readLines(texts).fields.asynchronous).toBe(true);
});

test("the address of a bad free is printed since 6.1", () => {
  const what = { kind: "Free", address: 0x10n } as const;
  expect(access.print?.({ access: what, task }, styleOfVersion(6, 0))).toEqual([]);
  expect(textsOf(access.print?.({ access: what, task }, styleOfVersion(6, 1)))).toHaveLength(1);
});
