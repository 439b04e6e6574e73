import { hex } from "@kasan/shadow";
import type { ParsedReport } from "../parse/parsed.ts";
import { accessSize } from "../sections/access.ts";
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

/** `task syz-executor (pid 123)`. */
export function taskName({ task }: ParsedReport): string | undefined {
  return task && `task ${task.comm} (pid ${task.pid})`;
}

/** `read 4 bytes at 0x…`. */
export function whatItDid(report: ParsedReport): string {
  const { access, shadowFault, asynchronous } = report;
  if (access === undefined) {
    if (asynchronous) return "accessed memory that its pointer's tag does not fit";
    if (shadowFault?.first !== undefined) return `used an address near ${hex(shadowFault.first)}`;
    return "used a pointer to nowhere";
  }
  if (access.kind === "Free") return `freed ${hex(access.address)}`;
  const size = accessSize(report);
  const verb = access.kind === "Read" ? "read" : "wrote";
  if (size === undefined) return `${verb} memory at ${hex(access.address)}`;
  if (size > 1n << 62n)
    return `${verb} ${size} bytes (a negative size: ${BigInt.asIntN(64, size)}) from ${hex(access.address)} on`;
  return `${verb} ${plural(size, "byte")} at ${hex(access.address)}`;
}
