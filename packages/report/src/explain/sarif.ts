import { spellAddress } from "@kasan/shadow";
import { checkReport } from "../checks/index.ts";
import { formatFrame, type StackFrame } from "../frame.ts";
import type { ParsedReport } from "../parse/parsed.ts";
import { detached } from "../parse/text.ts";
import { FINGERPRINT_VERSION, fingerprintOf, signatureOf } from "../triage/signature.ts";
import { nameOf } from "../words.ts";
import { summaryOf } from "./explanation.ts";
import type { ExplainFormat, ReportMail, WriteText } from "./format.ts";
import { JsonList } from "./json-list.ts";
import { likelyMistake } from "./mistake.ts";
import { stacksOf } from "./stacks.ts";

/** A report, and the log that it stands in, for {@link toSarif}. */
export interface SarifInput {
  /** The log: a path or URI, with `/`. */
  readonly file: string;
  /** The report. */
  readonly report: ParsedReport;
  /** What relative paths of source files are relative to: the name of a base, of which `""` is where the tool ran. `KERNEL` by default. */
  readonly base?: "KERNEL" | "";
  /** The mail that it came with. */
  readonly mail?: ReportMail | undefined;
}

/** SARIF's own shape, version 2.1.0, as plain data for `JSON.stringify`. */
export interface SarifLog {
  /** `2.1.0`. */
  readonly version: "2.1.0";
  /** The address of the schema. */
  readonly $schema: string;
  /** One run. */
  readonly runs: readonly object[];
}

const SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/**
 * Reports in SARIF 2.1.0, for code scanners' front ends: where the access happened, with the stacks of the access, the
 * allocation and the free, and fingerprints that stay the same from run to run.
 *
 * @param version The version of the tool that the log names.
 */
export function toSarif(inputs: readonly SarifInput[], version: string): SarifLog {
  const rules = new Rules();
  const results = inputs.map((input) => resultOf(input, rules));
  return sarifLog(results, toolOf(version, rules), inputs.length === 0 || inputs.some(({ base }) => base !== ""));
}

/** {@link toSarif} as a stream: the text of what it returns. */
export function sarifFormat(write: WriteText, { version }: { readonly version: string }): ExplainFormat {
  const rules = new Rules();
  const results = new JsonList(3);
  const around = () =>
    JSON.stringify(sarifLog([], toolOf(version, rules)), undefined, 2).split(NO_RESULTS) as [string, string];
  return {
    begin: () => write(`${around()[0]}"results": `),
    report: (report, { name, mail }) => write(results.item(resultOf({ file: name, report, mail }, rules))),
    end: () => write(`${results.end()}${around()[1]}\n`),
  };
}

/** Where the results stand in a log. */
const NO_RESULTS = '"results": []';

/** The log. What is known after the results only stands behind them. */
function sarifLog(results: readonly unknown[], tool: object, ofKernel = true): SarifLog {
  const originalUriBaseIds = ofKernel && { KERNEL: { description: { text: "The root of the kernel's source tree." } } };
  return {
    version: "2.1.0",
    $schema: SCHEMA,
    runs: [{ columnKind: "utf16CodeUnits", ...(originalUriBaseIds && { originalUriBaseIds }), results, tool }],
  };
}

function toolOf(version: string, rules: Rules): object {
  const informationUri = "https://github.com/kasan-js/kasan";
  return { driver: { name: "kasan", version, informationUri, rules: rules.all() } };
}

/** The names of bugs, in the order in which they came first. */
class Rules {
  private readonly indices = new Map<string, number>();

  indexOf(id: string): number {
    const known = this.indices.get(id);
    if (known !== undefined) return known;
    this.indices.set(detached(id), this.indices.size);
    return this.indices.size - 1;
  }

  all(): object[] {
    return [...this.indices.keys()].map((id) => ({
      id,
      shortDescription: { text: `KASAN: ${id}` },
      defaultConfiguration: { level: "error" },
    }));
  }
}

function ruleOf({ bugType }: ParsedReport): string {
  return bugType.replaceAll(" ", "-") || "unknown";
}

function resultOf({ file, report, mail, base = "KERNEL" }: SarifInput, rules: Rules): object {
  const ruleId = ruleOf(report);
  const known = stacksOf(report).filter(({ of, frames }) => of !== "other" && frames.length > 0);
  const related = known.slice(1).flatMap(({ of, frames }, i) => {
    const frame = firstOf(frames);
    return frame ? [{ id: i + 1, ...locationOf(frame, base), message: { text: `the ${of}` } }] : [];
  });
  return {
    ruleId,
    ruleIndex: rules.indexOf(ruleId),
    level: "error",
    kind: "fail",
    message: { text: `${report.title}. ${summaryOf(report).join(" ")} ${likelyMistake(report)}` },
    locations: [siteOf(file, report, base)],
    ...(related.length > 0 && { relatedLocations: related }),
    ...(known.length > 0 && {
      stacks: known.map(({ of, frames }) => ({
        message: { text: `the ${of}` },
        frames: frames.filter(({ reliable }) => reliable).map((frame) => stackFrameOf(frame, base)),
      })),
    }),
    partialFingerprints: { [`kasan/v${FINGERPRINT_VERSION}`]: fingerprintOf(signatureOf(report)) },
    properties: {
      title: report.title,
      altTitles: report.altTitles,
      bugType: report.bugType,
      corrupted: report.corrupted,
      problems: checkReport(report)
        .filter(({ ok }) => !ok)
        .map(({ message }) => message),
      ...mail,
    },
  };
}

/** The place of the bug: the source line, if the log was symbolized, and the line of the log. */
function siteOf(file: string, report: ParsedReport, base: string): object {
  const frame = guiltyFrame(report);
  const log = { artifactLocation: { uri: encodeURI(file) }, region: { startLine: report.line } };
  const logical = frame ? logicalOf(frame) : [];
  if (frame?.file === undefined) {
    return { physicalLocation: log, ...(logical.length > 0 && { logicalLocations: logical }) };
  }
  return { ...locationOf(frame, base), message: { text: `${file}:${report.line}` } };
}

function guiltyFrame(report: ParsedReport): StackFrame | undefined {
  const { frame, callTrace, function: place } = report;
  return callTrace.find(({ symbol, reliable }) => reliable && symbol?.split(".")[0] === frame) ?? place;
}

function firstOf(frames: readonly StackFrame[]): StackFrame | undefined {
  return (
    frames.find(({ symbol }) => symbol !== undefined && !/kasan|save_stack|set_track|slab|alloc|free/.test(symbol)) ??
    frames[0]
  );
}

function locationOf(frame: StackFrame, base: string): object {
  const { file, line, column } = frame;
  const region =
    line === undefined ? {} : { region: { startLine: line, ...(column !== undefined && { startColumn: column }) } };
  const uri = file?.replace(/^(?:\.\/)+/, "");
  return {
    ...(uri !== undefined && {
      physicalLocation: {
        artifactLocation: { uri: encodeURI(uri), ...(!uri.startsWith("/") && base !== "" && { uriBaseId: base }) },
        ...region,
      },
    }),
    logicalLocations: logicalOf(frame),
  };
}

function logicalOf(frame: StackFrame): object[] {
  const name = nameOf(frame);
  return [
    { name, kind: "function", ...(frame.module !== undefined && { fullyQualifiedName: `${frame.module}::${name}` }) },
  ];
}

function stackFrameOf(frame: StackFrame, base: string): object {
  return {
    location: { ...locationOf(frame, base), message: { text: formatFrame(frame) } },
    ...(frame.module !== undefined && { module: frame.module }),
    ...(frame.address !== undefined && { properties: { address: spellAddress(frame.address) } }),
  };
}
