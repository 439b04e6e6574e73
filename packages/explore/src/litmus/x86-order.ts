import type { LitmusEvent } from "./event.ts";
import { isBefore, isExplicit, isLoad, isStore } from "./kinds.ts";
import { Relation } from "./relation.ts";

/**
 * The order that one x86-64 CPU keeps among its own accesses: all but a load after a store, unless a fence or a locked
 * instruction is between them or is one of them (Intel SDM volume 3, 9.2; "x86-TSO", Owens, Sarkar and Sewell 2009).
 *
 * @param events - of one CPU
 * @returns the order, closed; numbers are indices
 */
export function x86Order(events: readonly LitmusEvent[]): Relation {
  const order = new Relation(events.length);
  const locked = (event: LitmusEvent) =>
    event.atomicWith !== undefined || events.some(({ atomicWith }) => atomicWith === event);
  const fenced = (a: LitmusEvent, b: LitmusEvent) =>
    events.some((fence) => fence.kind === "data barrier" && isBefore(a, fence) && isBefore(fence, b));
  for (const [from, a] of events.entries())
    for (const [to, b] of events.entries())
      if (isExplicit(a) && isExplicit(b) && (isBefore(a, b) || b.atomicWith === a))
        if (!(isStore(a) && isLoad(b)) || locked(a) || locked(b) || fenced(a, b)) order.add(from, to);
  return order.close();
}
