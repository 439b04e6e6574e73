import { hex, KASAN_TAG_INVALID, spellAddress } from "@kasan/shadow";
import { badAddressOf, isShadowAddress, usedAddress } from "../facts/fault.ts";
import { badFreeOf, freedAddress, isBadFree } from "../facts/frees.ts";
import { checkAccess } from "../facts/shadow.ts";
import { accessPath, isInInterrupt } from "../facts/stacks.ts";
import { formatFrame } from "../frame.ts";
import { byteHex } from "../json-parts.ts";
import type { ParsedReport } from "../parse/parsed.ts";
import { type Access, accessSize } from "../sections/access.ts";
import { isSkippedFrame } from "../title/title.ts";
import { plainName } from "../triage/signature.ts";
import { plural } from "../words.ts";

/** The guilty function: the one in the title. If that is a helper, also the function that called it. */
export function culprit({ function: place, frame }: ParsedReport): string {
  const first = place?.symbol;
  const blamed = frame === "corrupted" ? undefined : frame;
  if (first === undefined) return blamed ?? "a function that the log does not name";
  if (blamed !== undefined && /^_*(?:hwasan|asan|kasan)_/.test(first) && place?.module === undefined) return blamed;
  // Modules are never the kernel's library.
  const serves =
    place?.module === undefined &&
    blamed !== undefined &&
    plainName(first) !== blamed &&
    isSkippedFrame(first) &&
    !/kasan/.test(first);
  return serves ? `${first}, called for ${blamed}` : first;
}

/** `run by task syz-executor (pid 123)`. Without a trace it can have been an interrupt. */
export function runBy(report: ParsedReport): string | undefined {
  const { task } = report;
  if (task === undefined) return undefined;
  const who = `task ${task.comm} (pid ${task.pid})`;
  const path = accessPath(report);
  if (path.length === 0) return `while ${who} ran`;
  return isInInterrupt(path) ? `in an interrupt while ${who} ran` : `run by ${who}`;
}

/** `read 4 bytes at 0x…`. */
export function whatItDid(report: ParsedReport): string {
  const { access, asynchronous, form } = report;
  if (isBadFree(report)) return whatItFreed(report);
  if (access === undefined || isShadowAddress(report)) {
    if (asynchronous) return "accessed memory that its pointer's tag does not fit";
    const used = usedAddress(report);
    const guess = badAddressOf(report)?.guess ? "that KASAN guesses to be " : "";
    if (used !== undefined) return `used an address ${guess}near ${spellAddress(used, report.addressBits)}`;
    return form === "oops" ? "was stopped by a fault" : "made an access that the log does not show";
  }
  const size = accessSize(report);
  const verb = access.kind === "Read" ? "read" : "wrote";
  const at = spellAddress(access.address, report.addressBits);
  if (size === undefined) return `${verb} memory at ${at}`;
  if (size >= 1n << 63n)
    return `${verb} ${hex(size)} bytes (${BigInt.asIntN(64, size)}, if it was meant as a signed number) from ${at} on`;
  return `${verb} ${size > Number.MAX_SAFE_INTEGER ? `${hex(size)} bytes` : plural(size, "byte")} at ${at}`;
}

function whatItFreed(report: ParsedReport): string {
  const address = freedAddress(report);
  const again = badFreeOf(report) === "again" ? " a second time" : "";
  if (address === undefined) return `freed memory${again || " that could not be freed"}`;
  const isObject = again !== "" && address === (report.region?.start ?? report.object?.address);
  return `freed ${isObject ? "the object at " : ""}${spellAddress(address, report.addressBits)}${again}`;
}

/** The tags, as the end of a sentence; empty without tags. */
export function tagWords({ access }: ParsedReport): string {
  if (access?.pointerTag === undefined || access.memoryTag === undefined) return "";
  const meaning = access.memoryTag === KASAN_TAG_INVALID ? " (freed, or a redzone)" : "";
  return `; the pointer's tag is ${byteHex(access.pointerTag)}, the memory's ${byteHex(access.memoryTag)}${meaning}`;
}

/** KASAN's own title, if the report's names another function: the one that called what KASAN names. */
export function ownTitle({ form, bugType, function: place, frame }: ParsedReport): string | undefined {
  if (form !== "report" || place?.symbol === undefined || plainName(place.symbol) === frame) return undefined;
  return `${bugType} in ${formatFrame(place)}`;
}

/** The address whose shadow is marked: the first bad one, as far as the rows show it; the caret's only if nothing else is known. */
export function markedAddress(report: ParsedReport): bigint | undefined {
  return (
    checkAccess(report)?.firstBad ?? (isBadFree(report) ? freedAddress(report) : undefined) ?? report.caret?.address
  );
}

/** `the read`. */
export function accessWords(kind: Access["kind"]): string {
  return `the ${kind.toLowerCase()}`;
}

/** `, and goes 4 bytes past the end`; empty if it does not. */
export function pastWords(past: number | bigint): string {
  return BigInt(past) > 0n ? `, and goes ${plural(past, "byte")} past the end` : "";
}
