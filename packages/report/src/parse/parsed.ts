import type { ReportFields } from "../sections/index.ts";
import type { LineRole } from "../sections/section.ts";
import type { CrashName } from "../title/title.ts";

/** One line of the input that belongs to a report. */
export interface ParsedLine {
  /** Its number in the log, from 1. */
  readonly number: number;
  /** The line as it was read, ending included. */
  readonly raw: string;
  /** The part it plays. */
  readonly role: LineRole;
}

/** Why a report is not whole. */
export type Damage =
  /** It ends before the kernel's end of a report. */
  | "truncated"
  /** Another report begins inside it. */
  | "interleaved";

/** A report as read from a log. */
export interface ParsedReport extends ReportFields, CrashName {
  /** `report`: printed by KASAN. `oops`: by the fault handler of a kernel with KASAN. */
  readonly form: "report" | "oops";
  /** The number of the line that says what happened, from 1. */
  readonly line: number;
  /** Its lines, in the order of the log. */
  readonly lines: readonly ParsedLine[];
  /** The damage. Absent if the report seems complete. */
  readonly damage?: Damage;
}

/** A report, as a piece of a log. */
export interface ReportItem {
  /** The kind of piece. */
  readonly kind: "report";
  /** The report. */
  readonly report: ParsedReport;
}

/** Lines that belong to no report. */
export interface ForeignItem {
  /** The kind of piece. */
  readonly kind: "foreign";
  /** The number of the first line, from 1. */
  readonly line: number;
  /** Whole lines, as read. */
  readonly text: string;
}

/** A piece of a log. */
export type LogItem = ReportItem | ForeignItem;
