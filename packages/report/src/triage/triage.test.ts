import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseLog } from "../parse/index.ts";
import { fingerprintOf, groupReports, identityOf, likeness, plainName, type Signature, signatureOf } from "./index.ts";

const LOG = readFileSync(new URL("../../testdata/slab-use-after-free-irq.txt", import.meta.url), "utf8");
const OTHER = readFileSync(new URL("../../testdata/double-free.txt", import.meta.url), "utf8");
const identity = (log: string) => identityOf(parseLog(log).reports[0]!);
const fingerprint = (log: string) => fingerprintOf(signatureOf(parseLog(log).reports[0]!));

test.each<[string, string]>([
  ["KASLR and other addresses", LOG.replaceAll("ffff888000918", "ffff88810abcd")],
  ["offsets", LOG.replace(/\+0x[0-9a-f]+\/0x[0-9a-f]+/g, "+0x7/0x77")],
  ["compilers' suffixes", LOG.replace(/(rcu_core|rcu_uaf)\+/g, "$1.isra.0+").replaceAll("kthread+", "kthread.cold+")],
  [
    "symbolization",
    LOG.replace(/^ ([\w.]+)(\+0x\S+)( \[\w+\])?$/gm, " merged include/m.h:1 [inline]\n $1$2$3 lib/a.c:7"),
  ],
  ["time stamps", LOG.replace(/^/gm, "[   12.345678][ T1] ")],
])("a fingerprint does not change with %s", (_name, changed) => {
  expect(changed).not.toBe(LOG);
  expect(fingerprint(changed)).toBe(fingerprint(LOG));
});

test.each<[string, string]>([
  ["quoted", LOG.replace(/^/gm, "> ")],
  ["with time stamps", LOG.replace(/^/gm, "[   12.345678][ T1] ")],
  ["symbolized", LOG.replace(/^ ([\w.]+)(\+0x\S+)( \[\w+\])?$/gm, " merged include/m.h:1 [inline]\n $1$2$3 lib/a.c:7")],
  ["cut", LOG.slice(0, LOG.indexOf("Allocated by"))],
])("a report keeps its id when it is %s", (_name, changed) => {
  expect(changed).not.toBe(LOG);
  expect(identity(changed)).toBe(identity(LOG));
});

test("another report of the same bug has another id", () => {
  for (const changed of [
    LOG.replaceAll("ffff888000918", "ffff88810abcd"),
    LOG.replace(/by task .*/, "by task other/7"),
  ]) {
    expect(identity(changed)).not.toBe(identity(LOG));
    expect(fingerprint(changed)).toBe(fingerprint(LOG));
  }
});

test("fingerprints tell bugs apart", () => {
  expect(fingerprint(LOG)).not.toBe(fingerprint(OTHER));
  expect(fingerprint(LOG)).not.toBe(fingerprint(LOG.replaceAll("rcu_uaf+", "something_else+")));
});

test.each([
  ["f.isra.0", "f"],
  ["f.constprop.0.cold", "f"],
  ["f.part.12.llvm.1234567890", "f"],
  ["f", "f"],
])("%s is %s", (symbol, name) => {
  expect(plainName(symbol)).toBe(name);
});

test("stacks are alike by what they share at the top", () => {
  expect(likeness(["a", "b", "c"], ["a", "b", "c"])).toBe(1);
  expect(likeness(["a", "b", "c"], ["x", "y", "z"])).toBe(0);
  expect(likeness(["a", "b", "c"], ["a", "b", "x"])).toBeGreaterThan(likeness(["a", "b", "c"], ["x", "b", "c"]));
  expect(likeness([], ["a"])).toBe(0);
});

test("reports of one bug are one group, whatever the order", () => {
  const again = LOG.replaceAll("ffff888000918", "ffff88810abcd");
  const reports = [LOG, OTHER, again].map((log) => parseLog(log).reports[0]!);
  const items = reports.map((report) => ({ title: report.title, signature: signatureOf(report) }));
  expect(groupReports(items).groups.map(({ length }) => length)).toEqual([2, 1]);
  expect(groupReports([...items].reverse()).groups.map(({ length }) => length)).toEqual([2, 1]);
});

const SIGNATURE: Signature = {
  family: "use-after-free",
  access: ["walk", "run", "work"],
  allocated: ["make", "open"],
  freed: ["release"],
  object: { cache: "kmalloc-64", size: 60, distance: 8 },
  release: "6.12.1",
  version: { major: 6, minor: 12 },
};

test("reports of one title are one bug if their stacks are alike, or their versions near and their objects of one size", () => {
  const title = "KASAN: slab-use-after-free Read in walk";
  const same = (signature: Signature) =>
    groupReports([
      { title, signature: SIGNATURE },
      { title, signature },
    ]).groups.length === 1;
  const later = { version: { major: 6, minor: 18 }, release: "6.18.0" };
  const bystander = { allocated: ["fork"], object: { cache: "task_struct", size: 7000, distance: 1 } };
  const elsewhere = { access: ["walk", "elsewhere", "quite"] };
  expect(same({ ...SIGNATURE, ...later, ...bystander })).toBe(true);
  expect(same({ ...SIGNATURE, ...elsewhere })).toBe(true);
  expect(same({ ...SIGNATURE, ...elsewhere, ...later })).toBe(false);
  expect(same({ ...SIGNATURE, ...elsewhere, ...bystander })).toBe(false);
});

test("a pointer out of a freed object faults where the object is used", () => {
  const { object: _, ...bare } = { ...SIGNATURE, family: "bad-access", allocated: [], freed: [] };
  const use = { title: "KASAN: slab-use-after-free Read in walk", signature: SIGNATURE };
  const title = "general protection fault in walk";
  expect(groupReports([use, { title, signature: bare }]).groups).toHaveLength(1);
  const later = { title, signature: { ...bare, version: { major: 6, minor: 13 } } };
  expect(groupReports([use, later]).groups).toHaveLength(2);
});
