import { InvalidArgumentError } from "@commander-js/extra-typings";
import { MAX_CPUS, MECHANISMS, type Mechanism } from "@kasan/kernel";
import { PAGE_SCHEMES } from "@kasan/shadow";
import { SCHEMES } from "@kasan/vmalloc";
import { TESTS } from "./bench/summaries.ts";

/** The scheme of the direct map's shadow that is none of the per-page ones. */
export const PER_BYTE = "per-byte";

const UNITS: Record<string, number> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40, p: 2 ** 50 };

/** `64M`, `1G`, `65536K`: bytes. */
export function parseSize(text: string): number {
  const match = /^(\d{1,15})([kmgtp]?)i?b?$/i.exec(text.trim());
  if (!match) throw new InvalidArgumentError(`"${text}" is not a size; write a number and K, M, G or T, like 64M.`);
  return Number(match[1]) * UNITS[match[2].toLowerCase()];
}

/** The size of an access: bytes, at least 1. */
export function parseAccessSize(text: string): number {
  const size = parseSize(text);
  if (size < 1) throw new InvalidArgumentError("An access has at least 1 byte.");
  return size;
}

/** A whole number, 0 or more. */
export function parseCount(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError(`"${text}" is not a whole number.`);
  return Number(text);
}

/** A number of CPUs: of a machine to be planned, or of one to run, which has at most `most`. */
export const parseCpusUpTo =
  (most: number) =>
  (text: string): number => {
    const count = /^\d{1,4}$/.test(text) ? Number(text) : 0;
    if (count < 1 || count > most)
      throw new InvalidArgumentError(`"${text}" is not a number of CPUs; give 1 to ${most}.`);
    return count;
  };

/** A number from 0 to 100. */
export function parsePercent(text: string): number {
  const percent = /^\d{1,3}(\.\d{1,6})?%?$/.test(text) ? Number.parseFloat(text) : Number.NaN;
  if (percent <= 100) return percent;
  throw new InvalidArgumentError(`"${text}" is not a share; give 0 to 100.`);
}

/** A number of seconds above 0. */
export function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= 1e6)) throw new InvalidArgumentError(`"${text}" is not a number of seconds above 0.`);
  return seconds;
}

/** `name=value`, added to those before. */
export function collectParameter(text: string, before: [string, string][]): [string, string][] {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError(`"${text}" is not a module parameter; write name=value.`);
  return [...before, [text.slice(0, at), text.slice(at + 1)]];
}

/** `function=file`, added to those before. */
export function collectReplacement(text: string, before: [string, string][] = []): [string, string][] {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError(`"${text}" replaces no function; write function=file.c.`);
  return [...before, [text.slice(0, at), text.slice(at + 1)]];
}

/** `name=value`, or `name` alone, added to those before. */
export function collectBootParameter(text: string, before: [string, string][]): [string, string][] {
  const at = text.indexOf("=");
  return [...before, at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)]];
}

/** A text, added to those before. */
export const collect = (text: string, before: string[] = []): string[] => [...before, text];

/** Names of mechanisms with commas between them, added to those before. */
export function collectMechanisms(text: string, before: Mechanism[]): Mechanism[] {
  const names = text.split(",");
  const unknown = names.find((name) => !Object.hasOwn(MECHANISMS, name));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`"${unknown}" is not one of: ${Object.keys(MECHANISMS).join(", ")}.`);
  }
  return [...before, ...(names as Mechanism[])];
}

/** Some of the names that an object has, with commas between them, or `all`. */
function parseNames(text: string, known: object): string[] {
  if (text === "all") return Object.keys(known);
  const names = text.split(",");
  const unknown = names.find((name) => !Object.hasOwn(known, name));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`"${unknown}" is not one of: all, ${Object.keys(known).join(", ")}.`);
  }
  return [...new Set(names)];
}

/** Names of shadow schemes with commas between them, or `all`. */
export const parseSchemes = (text: string): string[] => parseNames(text, SCHEMES);

/** Names of schemes for the direct map's shadow with commas between them, or `all`: what Linux has first. */
export const parsePageSchemes = (text: string): string[] => parseNames(text, { [PER_BYTE]: true, ...PAGE_SCHEMES });

/** Names of tests of the kernel's vmalloc benchmark with commas between them, or `all`. */
export const parseTests = (text: string): string[] => parseNames(text, TESTS);

/** Numbers of CPUs of machines to run, with commas between them. */
export const parseCpuList = (text: string): number[] => [...new Set(text.split(",").map(parseCpusUpTo(MAX_CPUS)))];

/** A whole number, 1 to 2^31-1. */
export function parseAtLeastOne(text: string): number {
  const count = parseCount(text);
  if (count < 1 || count >= 2 ** 31) throw new InvalidArgumentError(`"${text}" is not from 1 to ${2 ** 31 - 1}.`);
  return count;
}

/** More threads than this are more trouble than help. */
const MOST_JOBS = 64;

/** A number of threads. */
export function parseJobs(text: string): number {
  const count = parseCount(text);
  if (count < 1 || count > MOST_JOBS) throw new InvalidArgumentError(`"${text}" is not from 1 to ${MOST_JOBS}.`);
  return count;
}
