import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Explanation, explainReport, explainText, type ParsedReport, parseLog } from "../src/index.ts";

const FOLDER = new URL("./hunt/", import.meta.url);
const NAMES = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".txt"))
  .map((file) => file.slice(0, -4));
/** The fields in which an expectation says in prose what an explanation must say, or must not. */
const PROSE = ["words", "mistake", "story", "picture", "legend", "requestedSize"];

/** What the prose of an expectation means. */
interface Meaning {
  readonly says?: readonly RegExp[];
  readonly never?: readonly RegExp[];
  /** The states of bytes in the picture, by their distance from the accessed address. */
  readonly drawn?: Readonly<Record<number, string>>;
}

const MEANINGS: Readonly<Record<string, Meaning>> = {
  "08-powerpc-no-timestamps": {
    says: [/inside of the mapping at 0xf1000000 that gizmo_init made/, /gizmo_init made the mapping at 0xf1000000\./],
    never: [/outside of what was allocated/, /frames marked with \?/],
  },
  "11-wrapped-frames-and-one-byte-variable": {
    says: [
      /begins in a variable of 1 byte, and goes 3 bytes past the end/,
      /f8 local variable that is out of scope \(KASAN_USE_AFTER_SCOPE\)/,
    ],
    never: [/in none of the variables/, /f8 .*vmalloc/],
    drawn: { 0: "accessible", 1: "redzone", 7: "redzone", 8: "redzone" },
  },
  "14-inside-slot-behind-request": {
    says: [/right behind the 123 bytes that were asked for \(an object of the cache kmalloc-128 has 128\)/],
    never: [/partly outside/, /begins inside the object and ends outside of it/],
    drawn: { [-1]: "object", 0: "slack" },
  },
  "15-stack-variable-overrun": {
    says: [
      /begins in the variable 'mask' of gizmo_ports .*which has 4 bytes, and goes 4 bytes past its end/,
      /The variables of gizmo_ports/,
      /\[32, 36\) 'mask', 4 bytes/,
    ],
    never: [/in none of the variables/],
    drawn: { 0: "variable", 3: "variable", 4: "redzone" },
  },
  "16-not-rcu": {
    says: [
      /gizmo_worker both freed the object and used it .*the free at \+0x154, the use at \+0x5ba/,
      /second to last record: an RCU callback was queued by other_unlink\.(?:.|\n)*the last record: work was queued by gizmo_event/,
    ],
    never: [/RCU freed/, /grace period/, /^\s*- Queued/m],
  },
  "18-mte-memset": {
    says: [/the pointer's tag is f4, the memory's fe \(freed, or a redzone\)/, /KASAN itself: .*__memset/],
  },
  "19-arm64-not-in-shadow": {
    says: [
      /wrote memory at 0xffffffde85245d30/,
      /nothing is mapped there/,
      /hint \(maybe wild-memory-access\) is a guess/,
    ],
    never: [/not one of memory that KASAN watches/, /No memory of the kernel/],
  },
  "21-double-free-of-5.15": {
    says: [
      /freed the object at 0xffff88810394c000 a second time/,
      /two owners/,
      /Freed by .* gizmo_dev_release/,
      /The bad free/,
    ],
    never: [/pointer to nowhere/, /not the start of an object/, /The bad access/],
  },
  "25-hard-wrapped-console": { never: [/another one begins inside/, /lines of two reports/] },
};
/** Prose that is not about an explanation, and where it is tested. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "32-end-only": "there is no report to explain: kasan's command line says what it found",
};

/** The explanation as text and as sentences that are not wrapped. */
function toldOf(report: ParsedReport, { summary, story, mistake, unknown, legend }: Explanation): string {
  const bytes = legend.map(({ byte, meaning, name }) => `${byte.toString(16).padStart(2, "0")} ${meaning} (${name})`);
  return [...summary, ...story, mistake, ...unknown, ...bytes, explainText(report)].join("\n");
}

function drawnAt({ picture }: Explanation, address: bigint): string | undefined {
  return picture?.segments.find(({ start, end }) => start <= address && address < end)?.kind;
}

test("all prose is held to", () => {
  const withProse = NAMES.filter((name) => {
    const expected = JSON.parse(readFileSync(new URL(`${name}.expect.json`, FOLDER), "utf8"));
    return PROSE.some((field) => field in expected);
  });
  expect(withProse).toEqual([...Object.keys(MEANINGS), ...Object.keys(ELSEWHERE)].sort());
});

describe("what explanations say of reports that are easily read wrongly", () => {
  test.each(Object.entries(MEANINGS))("%s", (name, { says = [], never = [], drawn = {} }) => {
    const report = parseLog(readFileSync(new URL(`${name}.txt`, FOLDER))).reports[0]!;
    const explanation = explainReport(report);
    const told = toldOf(report, explanation);
    for (const pattern of says) expect(told).toMatch(pattern);
    for (const pattern of never) expect(told).not.toMatch(pattern);
    for (const [distance, kind] of Object.entries(drawn)) {
      expect(drawnAt(explanation, report.access!.address + BigInt(distance)), `at ${distance}`).toBe(kind);
    }
  });
});
