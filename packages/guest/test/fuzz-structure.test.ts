import { Fuzzer, type Target } from "@kasan/fuzz";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FuzzSession } from "../src/index.ts";
import { fuzzOptions } from "./fuzz-options.ts";
import { withFiles } from "./harness.ts";

/** A file as the KFuzzTest proposal has them. */
const SOURCE = `
#include <linux/kfuzztest.h>
#include <linux/printk.h>
#include <linux/string.h>

struct message {
	u32 kind;
	const char *name;
	s16 level;
	u8 count;
	u32 *numbers;
	const void *data;
	size_t len;
};

FUZZ_TEST(message, struct message)
{
	u32 sum = 0;
	size_t i;

	KFUZZTEST_EXPECT_NOT_NULL(message, data);
	KFUZZTEST_EXPECT_IN_RANGE(message, level, -3, 3);
	KFUZZTEST_EXPECT_LE(message, kind, 9);
	KFUZZTEST_EXPECT_NE(message, kind, 4);
	KFUZZTEST_ANNOTATE_STRING(message, name);
	KFUZZTEST_ANNOTATE_ARRAY(message, numbers);
	KFUZZTEST_ANNOTATE_LEN(message, count, numbers);
	KFUZZTEST_ANNOTATE_LEN(message, len, data);

	for (i = 0; i < arg->count; i++)
		sum += arg->numbers[i];
	pr_info("%u %s %d %u %zu %u\\n", arg->kind, arg->name, arg->level, sum, arg->len, KFUZZTEST_REGION_SIZE(0));
	if (arg->kind == 7 && !strcmp(arg->name, "past"))
		((volatile const char *)arg->data)[arg->len];
	if (arg->kind == 8)
		((volatile u32 *)arg->numbers)[arg->count];
	if (arg->kind == 9)
		((volatile const char *)arg->data)[-1];
}

struct other { u64 value; };
FUZZ_TEST(other, struct other)
{
	KFUZZTEST_EXPECT_EQ(other, value, 42);
	KFUZZTEST_EXPECT_GT(other, value, 1);
	KFUZZTEST_EXPECT_GE(other, value, 42);
	KFUZZTEST_EXPECT_LT(other, value, 43);
	pr_info("42\\n");
}
`;

const open = (target: string, mode: "generic" | "sw_tags" | "hw_tags" = "generic") =>
  withFiles({ "target.c": SOURCE }, (files) => FuzzSession.open(fuzzOptions(files, { target }, mode)));

/** Bytes for an input: the kind, four of padding, the level, five of padding, a name, numbers, data. */
function bytesOf(kind: number, level: number, name: string, numbers: number[], data: string): Uint8Array {
  const free = Buffer.alloc(15);
  free.writeUInt32LE(kind);
  free.writeInt16LE(level, 8);
  const counted = (bytes: Uint8Array) => [Uint8Array.of(bytes.length, 0), bytes];
  const list = new Uint8Array(Uint32Array.from(numbers).buffer);
  return Buffer.concat([free, ...counted(Buffer.from(name)), ...counted(list), Buffer.from(data)]);
}

function run(session: FuzzSession, input: Uint8Array) {
  const { failure, refused, counters } = session.run(input);
  const edges = counters.filter((count) => count > 0).length;
  return { bug: failure?.reports[0]?.bugType, log: failure?.log[0].text, refused, edges };
}

describe("a FUZZ_TEST", () => {
  let session: FuzzSession;
  beforeAll(async () => {
    session = await open("message");
  });
  afterAll(() => session.close());

  it("gets its structure from an input's regions; what is between these is poisoned", () => {
    const log = expect.stringMatching(/^[789] past -2 6 4 48$/);
    for (const kind of [7, 8, 9]) {
      const input = session.encode(bytesOf(kind, -2, "past", [1, 2, 3], "four"));
      expect(run(session, input)).toMatchObject({ bug: "slab-out-of-bounds", log, refused: undefined });
      expect(session.verifyReset()).toBe(true);
    }
    expect(run(session, session.encode(bytesOf(6, -2, "past", [1, 2, 3], "four"))).bug).toBeUndefined();
  });

  it("is encoded as the proposal says", () => {
    const words = (...values: number[]) => Buffer.from(Uint32Array.from(values).buffer);
    const structure = Buffer.alloc(48);
    structure.writeUInt32LE(6, 0);
    structure.writeUInt8(2, 18);
    structure.writeUInt32LE(1, 40);
    const padded = (bytes: Uint8Array, length: number) => Buffer.concat([bytes, Buffer.alloc(length - bytes.length)]);
    expect(Buffer.from(session.encode(bytesOf(6, 0, "ab", [1, 2], "x"))).toString("hex")).toBe(
      Buffer.concat([
        words(0xbface, 0),
        words(4, 0, 48, 64, 3, 80, 8, 96, 1),
        words(3, 8, 0, 8, 1, 0, 24, 2, 0, 32, 3),
        Buffer.alloc(8),
        padded(structure, 64),
        padded(Buffer.from("ab"), 16),
        padded(words(1, 2), 16),
        padded(Buffer.from("x"), 16),
      ]).toString("hex"),
    );
  });

  it("ends quietly where an expectation does not hold, and is not given what does not meet one", () => {
    const input = session.encode(bytesOf(8, 0, "name", [1], "data"));
    const structure = input.length - 64 - 16 - 16 - 16;
    const passed = run(session, input).edges;
    for (const [offset, value] of [
      [0, 4],
      [0, 10],
      [16, 4],
    ]) {
      const changed = input.slice();
      changed[structure + offset] = value;
      expect(run(session, changed)).toMatchObject({ bug: undefined, refused: undefined });
      expect(run(session, changed).edges).toBeLessThan(passed);
      const met = run(session, session.encode(session.decode(changed)));
      expect(met.edges).toBeGreaterThan(run(session, changed).edges);
    }
  });

  it("takes any bytes, and gives them back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const input = session.encode(bytes);
        expect(session.run(input).refused).toBeUndefined();
        expect(session.encode(session.decode(input))).toEqual(input);
      }),
    );
  });

  const good = () => session.encode(bytesOf(6, 0, "ab", [1, 2], "x"));
  it.each<[string, (input: DataView) => Uint8Array | undefined, string]>([
    ["nothing", () => new Uint8Array(), "it has 0 bytes, fewer than its header"],
    ["another magic number", (input) => void input.setUint32(0, 5, true), "it begins with 0x5, not with 0xbface"],
    ["another version", (input) => void input.setUint32(4, 1, true), "its version is 1, not 0"],
    ["only a header", () => good().slice(0, 8), "it ends before its array of regions"],
    ["many regions", (input) => void input.setUint32(8, 0xffffffff, true), "it ends within its 4294967295 regions"],
    ["a table that breaks off", () => good().slice(0, 60), "it ends within its 3 relocations"],
    ["many relocations", (input) => void input.setUint32(44, 0xffffffff, true), "it ends within its 4294967295 reloc"],
    ["much padding", (input) => void input.setUint32(48, 0xffffffff, true), "and their padding of 4294967295 bytes"],
    ["little padding", (input) => void input.setUint32(48, 4, true), "4 bytes of padding before its payload"],
    [
      "a small structure",
      (input) => void input.setUint32(16, 40, true),
      "its first region has 40 bytes, the structure 48",
    ],
    ["a region outside", (input) => void input.setUint32(36, 9999, true), "region 3 ends at 10000, beyond the payload"],
    ["regions that meet", (input) => void input.setUint32(16, 64, true), "fewer than 8 bytes between region 0"],
    ["a pointer nowhere", (input) => void input.setUint32(60, 4, true), "relocation 0 leads to region 4, of 4"],
    ["a pointer from nowhere", (input) => void input.setUint32(52, 4, true), "relocation 0 is in region 4, of 4"],
    ["half a pointer", (input) => void input.setUint32(56, 44, true), "relocation 0 is at byte 44 of region 0"],
  ])("refuses an input with %s", (_, change, message) => {
    const input = good();
    const changed = change(new DataView(input.buffer)) ?? input;
    expect(run(session, changed)).toEqual({
      bug: undefined,
      log: undefined,
      refused: expect.stringContaining(`the input is not one of a FUZZ_TEST: `),
      edges: 0,
    });
    expect(run(session, changed).refused).toContain(message);
    expect(() => session.decode(changed)).toThrow(message);
  });

  it("takes any damage to an input: it is refused, or runs", () => {
    const bugs = new Set<string | undefined>();
    const change = fc.record({ at: fc.nat(200), byte: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const input = good();
        for (const { at, byte } of changes) if (at < input.length) input[at] = byte;
        bugs.add(run(session, input).bug);
      }),
      { numRuns: 300 },
    );
    expect(session.verifyReset()).toBe(true);
  });

  it("is fuzzed from no corpus", () => {
    const target: Target = (bytes) => {
      const { counters, comparisons, failure } = session.run(session.encode(bytes));
      const title = failure?.log[0].text[0] ?? "";
      return { counters, comparisons, ...(failure && { failure: { key: title, title } }) };
    };
    const fuzzer = new Fuzzer(target, { seed: 1, maxLength: 64 });
    fuzzer.run({ executions: 100_000, until: () => fuzzer.findings.length === 3 });
    expect(fuzzer.findings.map(({ title }) => title).sort()).toEqual(["7", "8", "9"]);
  });
});

describe("a FUZZ_TEST", () => {
  it("is one of several, each with a structure of its own", async () => {
    const session = await open("other");
    const { counters } = session.run(session.encode(new Uint8Array()));
    expect(counters.filter((count) => count > 0).length).toBeGreaterThan(1);
    expect(session.run(session.encode(new Uint8Array())).failure).toBeUndefined();
    session.close();
  });

  it.each(["sw_tags", "hw_tags"] as const)("finds accesses between regions with %s", async (mode) => {
    const session = await open("message", mode);
    // With tags, the bytes of a granule are one.
    const input = (kind: number) => session.encode(bytesOf(kind, 0, "past", [1, 2, 3, 4], "x".repeat(16)));
    expect([7, 8, 9].map((kind) => run(session, input(kind)).bug)).toEqual(Array(3).fill("slab-out-of-bounds"));
    expect(run(session, input(6)).bug).toBeUndefined();
    session.close();
  });
});
