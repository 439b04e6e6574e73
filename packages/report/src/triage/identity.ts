import { hex } from "@kasan/shadow";
import type { ParsedReport } from "../parse/parsed.ts";
import { hash } from "./hash.ts";

/**
 * A short name for one report, made of what its first lines say: the function and the offset in it, the access, the address and the task.
 * A quotation in a mail has it too, however it is wrapped, cut below, or symbolized. {@link fingerprintOf} names the bug.
 *
 * @returns 16 hex digits
 */
export function identityOf(report: ParsedReport): string {
  const { bugType, function: place, access, task, title } = report;
  const facts = [
    bugType,
    place?.symbol === undefined ? title : `${place.symbol}+${place.offset}/${place.size}`,
    access && `${access.kind} ${access.size} ${hex(access.address)}`,
    task && `${task.comm}/${task.pid}`,
  ];
  return hash(facts.join("|"));
}
