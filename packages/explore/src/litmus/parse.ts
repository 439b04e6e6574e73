import { ExploreError } from "../error.ts";
import type { Condition } from "./condition.ts";
import type {
  AfterFault,
  LitmusArchitecture,
  LitmusInstruction,
  LitmusProgram,
  LitmusTest,
  TableManagement,
} from "./litmus-test.ts";
import { locationAt, mappedBy } from "./location.ts";
import { parseFault, parseObserved, parseProposition } from "./parse-condition.ts";
import { parseValue } from "./parse-value.ts";
import type { LitmusValue } from "./value.ts";

/** Longest test that is read, in characters; the catalogues' longest has 3,000. */
const LONGEST = 20_000;
const MOST_CPUS = 8;
const ARCHITECTURES: readonly LitmusArchitecture[] = ["AArch64", "X86_64"];

/**
 * Reads a litmus test in the format of herd7 and litmus7.
 *
 * @param text - the file
 * @returns the test
 * @throws {@link ExploreError} LITMUS if it is none, or for a processor that is not known
 * @see herdtools7, doc/litmus.tex
 */
export function parseLitmus(text: string): LitmusTest {
  if (text.length > LONGEST) throw unreadable(`it has more than ${LONGEST} characters`);
  const parts = split(withoutComments(text));
  const [architecture, name] = header(parts.header);
  const columns = programs(parts.code);
  const cpus = columns.length;
  const registers = Array.from({ length: cpus }, () => new Map<string, LitmusValue>());
  const memory = new Map<string, LitmusValue>();
  for (const line of parts.init.split(";")) initialise(line, registers, memory);
  const keys = metadata(parts.header);
  return {
    architecture,
    name,
    programs: columns,
    registers,
    memory,
    management: Array.from({ length: cpus }, (_, cpu) => management(keys.get("tthm") ?? "", cpu)),
    user: new Set(cpusOf(keys.get("el0") ?? "")),
    afterFault: afterFault(keys.get("variant") ?? ""),
    condition: condition(parts.condition),
  };
}

const unreadable = (why: string) => new ExploreError("LITMUS", `this is not a litmus test that can be read: ${why}`);

const withoutComments = (text: string): string =>
  text.replaceAll(/\(\*[\s\S]*?\*\)/g, " ").replaceAll(/\/\/[^\n|;]*/g, " ");

interface Parts {
  readonly header: string;
  readonly init: string;
  readonly code: string;
  readonly condition: string;
}

/** The parts of a file: header, `{ init }`, code, and from the first line that begins with a keyword, the condition. */
function split(text: string): Parts {
  const open = text.indexOf("{");
  const close = closingBrace(text, open);
  if (open < 0 || close < 0) throw unreadable("there is no { … } with first values");
  const rest = text.slice(close + 1);
  const keyword = /^\s*(?:locations|filter|exists|forall|~\s*exists|not\s+exists)(?![\w])/im.exec(rest);
  if (keyword === null) throw unreadable("there is no exists, ~exists, forall or locations");
  return {
    header: text.slice(0, open),
    init: text.slice(open + 1, close),
    code: rest.slice(0, keyword.index),
    condition: rest.slice(keyword.index).trim(),
  };
}

function closingBrace(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at >= 0 && at < text.length; at++) {
    if (text[at] === "{") depth++;
    if (text[at] === "}" && --depth === 0) return at;
  }
  return -1;
}

function header(text: string): [LitmusArchitecture, string] {
  const first = /^\s*(\S+)\s+(\S+)/.exec(text);
  const architecture = ARCHITECTURES.find((known) => known.toLowerCase() === first?.[1]?.toLowerCase());
  if (first === null) throw unreadable("it does not begin with a processor and a name");
  if (architecture === undefined)
    throw unreadable(`it is for "${first[1]?.slice(0, 20)}"; ${ARCHITECTURES.join(" and ")} are known`);
  return [architecture, first[2] as string];
}

/** `Key=Value` lines of the header. */
const metadata = (text: string): Map<string, string> =>
  new Map(
    [...text.matchAll(/^\s*(\w+)\s*=\s*(.*)$/gm)].map(([, key, value]) => [
      (key as string).toLowerCase(),
      (value as string).trim(),
    ]),
  );

/** `TTHM=HA HD` is for all CPUs, `TTHM=P0:HA P0:HD` for one; managing dirty bits needs managed access flags. */
function management(text: string, cpu: number): TableManagement {
  const mine = text
    .toUpperCase()
    .split(/[\s,]+/)
    .map((word) => /^(?:P(\d+):)?(HA|HD)$/.exec(word))
    .filter((word) => word !== null && (word[1] === undefined || Number(word[1]) === cpu))
    .map((word) => word?.[2]);
  const dirtyBit = mine.includes("HD");
  return { accessFlag: dirtyBit || mine.includes("HA"), dirtyBit };
}

const cpusOf = (text: string): number[] => [...text.matchAll(/P(\d+)/g)].map(([, cpu]) => Number(cpu));

function afterFault(text: string): AfterFault | undefined {
  for (const word of text.toLowerCase().split(/[\s,]+/)) {
    if (word === "precise" || word === "fatal") return "fatal";
    if (word === "imprecise" || word === "handled") return "handled";
    if (word === "skip" || word === "faulttonext") return "skip";
  }
  return undefined;
}

/** `0:X1=x`, `int x=1`, `[PTE(x)]=(valid:0)`, `int x[2]={1,2}`, or a declaration without a value. */
function initialise(
  line: string,
  registers: readonly Map<string, LitmusValue>[],
  memory: Map<string, LitmusValue>,
): void {
  const equals = line.indexOf("=");
  if (equals < 0) return;
  const place = line
    .slice(0, equals)
    .trim()
    .replace(/^(?:\w+_t|int|long)\s+/, "")
    .replace(/^\*\s*/, "");
  const value = line.slice(equals + 1).trim();
  const array = /^(\w+)\[\d+\]$/.exec(place);
  if (array !== null && value.startsWith("{")) {
    for (const [index, item] of value.slice(1, -1).split(",").entries())
      memory.set(locationAt(array[1] as string, index * 4), parseValue(item, ""));
    return;
  }
  const observed = parseObserved(place);
  if (observed.kind === "register") {
    const mine = registers[observed.cpu];
    if (mine === undefined) throw unreadable(`it sets a register of P${observed.cpu}, which runs nothing`);
    mine.set(observed.register, parseValue(value, ""));
    return;
  }
  memory.set(observed.location, parseValue(value, mappedBy(observed.location) ?? ""));
}

function programs(code: string): LitmusProgram[] {
  const rows = code
    .split(";")
    .map((row) => row.split("|").map((cell) => cell.trim().replaceAll(/\s+/g, " ")))
    .filter((row) => row.some((cell) => cell !== ""));
  const names = rows.shift() ?? [];
  const columns = new Map<string, string[]>();
  for (const [index, name] of names.entries())
    columns.set(
      name,
      rows.map((row) => row[index] ?? ""),
    );
  const cpus = names.filter((name) => /^P\d+$/.test(name)).length;
  if (cpus === 0 || cpus > MOST_CPUS) throw unreadable(`it has ${cpus} CPUs; 1 to ${MOST_CPUS} are possible`);
  return Array.from({ length: cpus }, (_, cpu) => program(columns, cpu));
}

function program(columns: ReadonlyMap<string, string[]>, cpu: number): LitmusProgram {
  const cells = columns.get(`P${cpu}`);
  if (cells === undefined) throw unreadable(`P${cpu} has no program`);
  const code: LitmusInstruction[] = [];
  const labels = new Map<string, number>();
  for (const cell of cells) add(cell, code, labels);
  const end = code.length;
  const handler = columns.get(`P${cpu}.F`);
  for (const cell of handler ?? []) add(cell, code, labels);
  return { code, labels, end, handler: handler === undefined ? undefined : end };
}

function add(cell: string, code: LitmusInstruction[], labels: Map<string, number>): void {
  let text = cell;
  for (let label = /^(\w+) ?: ?/.exec(text); label !== null; label = /^(\w+) ?: ?/.exec(text)) {
    labels.set(label[1] as string, code.length);
    text = text.slice(label[0].length);
  }
  const parts = /^(\S+)(?: (.*))?$/.exec(text);
  if (parts === null) return;
  code.push({ mnemonic: (parts[1] as string).toUpperCase(), operands: operands(parts[2] ?? ""), text });
}

/** Operands are parted by commas outside brackets and parentheses. */
function operands(text: string): string[] {
  return (text.replaceAll(" ", "").match(/(?:\[[^\]]*\]|\([^)]*\)|[^,[(])+/g) ?? []) as string[];
}

function condition(text: string): Condition {
  const locations = /locations\s*\[([\s\S]*?)\]\s*(?=filter|exists|forall|~|not|$)/i.exec(text);
  const filter = /filter\s*([\s\S]*?)(?=\b(?:exists|forall)|~\s*exists|not\s+exists)/i.exec(text);
  const question = /(exists|forall|~\s*exists|not\s+exists)(?!\w)([\s\S]*)$/i.exec(
    locations === null ? text : text.replace(locations[0], ""),
  );
  const [, quantifier = "forall", asked = "true"] = question ?? [];
  const word = quantifier.toLowerCase().replace(/\s/g, "");
  return {
    quantifier: word === "exists" || word === "forall" ? word : "~exists",
    proposition: parseProposition(asked),
    filter: filter === null ? undefined : parseProposition(filter[1] as string),
    locations: (locations?.[1] ?? "")
      .split(";")
      .map((item) => item.trim())
      .filter((item) => item !== "")
      .map((item) => (/^fault/i.test(item) ? parseFault(item) : parseObserved(item))),
    text: `${word === "forall" ? "forall" : word === "exists" ? "exists" : "~exists"} ${asked.trim().replaceAll(/\s+/g, " ")}`,
  };
}
