import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileReason, KasanError } from "@kasan/shadow";
import type { ErrorObject } from "ajv/dist/2020.js";
import { writeWhole } from "../output.ts";

/** A report that a decision is about. It stands for all that are like it. */
export interface DecisionReport {
  /** Its id. */
  readonly report: string;
  /** Its fingerprint. */
  readonly fingerprint: string;
  /** The stack of its access, innermost first: what tells it from others with its fingerprint. */
  readonly stack: readonly string[];
  /** Its title, for people to read. */
  readonly title: string;
  /** Where it stood, for people to read. */
  readonly at: string;
}

/** A decision about bugs, which counts for more than rules. */
export interface Decision {
  /** Its name, from 1. */
  readonly number: number;
  /** `merge`: all sides are one bug. `split`: no two are. */
  readonly kind: "merge" | "split";
  /** Each side's reports. */
  readonly sides: readonly (readonly DecisionReport[])[];
}

/** Decisions that cannot be used. Codes: `DECISIONS_FILE`, `DECISION_NAME`, `DECISION_CONTRADICTS`. */
export class DecisionError extends KasanError {
  override name = "DecisionError";
}

/** The version of the file. */
const VERSION = 1;
const SCHEMA = "@kasan/cli/schema/decisions.schema.json";

interface DecisionFile {
  readonly $schema: string;
  readonly version: typeof VERSION;
  readonly decisions: readonly Decision[];
}

/**
 * Reads decisions, in the order in which they were made. Without a file there are none.
 *
 * @throws {@link DecisionError} if the file cannot be read, or is not what its schema says.
 */
export async function readDecisions(path: string): Promise<Decision[]> {
  const text = readText(path);
  if (text === undefined) return [];
  const { decisions } = await parse(path, text);
  const numbers = decisions.map(({ number }) => number);
  const twice = numbers.find((number, at) => numbers.indexOf(number) !== at);
  if (twice !== undefined) throw fileError(path, `two decisions have the number ${twice}`);
  return [...decisions];
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw fileError(path, fileReason(error));
  }
}

async function parse(path: string, text: string): Promise<DecisionFile> {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw fileError(path, (error as Error).message);
  }
  const { version } = Object(data) as Partial<Record<string, unknown>>;
  if (typeof version === "number" && version !== VERSION)
    throw fileError(path, `it has version ${version}, not ${VERSION}`);
  // Loaded only where there is a file: most runs have none.
  const { Ajv2020 } = await import("ajv/dist/2020.js");
  const validate = new Ajv2020({ strict: true }).compile<DecisionFile>(readSchema());
  if (!validate(data)) throw fileError(path, problemOf(validate.errors![0]!));
  return data;
}

function readSchema(): { $id: string } {
  return JSON.parse(readFileSync(createRequire(import.meta.url).resolve(SCHEMA), "utf8")) as { $id: string };
}

const problemOf = ({ instancePath, message }: ErrorObject): string => `${instancePath || "the file"} ${message}`;

const fileError = (path: string, why: string) =>
  new DecisionError("DECISIONS_FILE", `${path}: decisions cannot be read: ${why}; correct or remove the file`);

/** Writes decisions, all or nothing. */
export async function writeDecisions(path: string, decisions: readonly Decision[]): Promise<void> {
  const file: DecisionFile = { $schema: readSchema().$id, version: VERSION, decisions };
  await writeWhole(path, `${JSON.stringify(file, undefined, 2)}\n`);
}

/** A decision, in messages. */
export const labelOf = ({ number, kind, sides }: Decision): string =>
  `decision ${number} (${kind} ${sides.map(([first]) => first!.report).join(", ")})`;

/** Decisions, for people to read. */
export function decisionsText(decisions: readonly Decision[]): string {
  if (decisions.length === 0) return "No decisions.\n";
  return decisions
    .map(({ number, kind, sides }) => {
      const lines = sides.map(([first, ...others]) => {
        const { report, title, at } = first!;
        return `    ${report}  ${title}  (${at}${others.length > 0 ? `, and ${others.length} more` : ""})\n`;
      });
      return `${number}  ${kind}\n${lines.join("")}`;
    })
    .join("");
}
