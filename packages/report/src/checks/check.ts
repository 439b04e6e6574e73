import { atLeast, bugTraits, type KernelVersion } from "@kasan/shadow";
import type { ParsedReport } from "../parse/parsed.ts";
import { kernelVersionOf } from "../release.ts";
import { untaggedAddress } from "../sections/access.ts";
import type { LineRole } from "../sections/section.ts";

/** The result of a check. */
export interface CheckResult {
  /** The check's name, stable: `caret`. */
  readonly id: string;
  /** Whether the report agrees with itself here. */
  readonly ok: boolean;
  /** The comparison and its result: one sentence without a full stop. */
  readonly message: string;
  /** The line of the log that it is about, from 1. */
  readonly line?: number;
}

/** Checks one thing that a report says twice. Returns `undefined` if the report does not say it twice. */
export type Check = (report: ParsedReport) => CheckResult | undefined;

/** Makes a result; its line is the first of the report that has `role`. */
export function result(report: ParsedReport, id: string, ok: boolean, message: string, role?: LineRole): CheckResult {
  const line = report.lines.find((one) => one.role === role)?.number;
  return { id, ok, message, ...(line !== undefined && { line }) };
}

/** The kernel's version, if the report says it. */
export function versionOf({ machine }: ParsedReport): KernelVersion | undefined {
  return kernelVersionOf(machine?.release);
}

/** Whether the report comes from a tag-based mode. */
export function hasTags({ access, memory, bugType }: ParsedReport): boolean {
  return access?.pointerTag !== undefined || memory?.granule === 16 || bugTraits(bugType).family === "tags";
}

/** Whether the kernel is `major`.`minor` or later; true if its version is unknown. */
export function isSince(report: ParsedReport, major: number, minor: number): boolean {
  const version = versionOf(report);
  return version === undefined || atLeast(version, major, minor);
}

/** The accessed address without its tag. */
export function plainAddress({ access }: ParsedReport): bigint | undefined {
  return access && untaggedAddress(access);
}
