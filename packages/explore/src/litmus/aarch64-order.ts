import type { LitmusEvent } from "./event.ts";
import {
  isAcquire,
  isBefore,
  isContextSynchronization,
  isExplicit,
  isFault,
  isLoad,
  isMark,
  isMemory,
  isSameLocation,
  isStore,
  isWalk,
} from "./kinds.ts";
import { Relation } from "./relation.ts";

/** Processor features that change the order of a CPU's effects. */
export interface OrderFeatures {
  /** FEAT_ETS2: a walk that ends in a translation or access flag fault comes after what the program has before it */
  readonly ets2: boolean;
}

/**
 * The order that one AArch64 CPU keeps among its own effects: "locally-ordered-before" of the Arm manual,
 * DDI 0487 B2.3.7 and D8 for table entries. Names in the comments are those of the manual's formal model.
 */
export class AArch64Order {
  readonly #events: readonly LitmusEvent[];
  readonly #ets2: boolean;

  constructor(events: readonly LitmusEvent[], features: OrderFeatures) {
    this.#events = events;
    this.#ets2 = features.ets2;
  }

  /** @returns the order, closed; numbers are indices of the CPU's events */
  relation(): Relation {
    const order = this.#relate((a, b) => this.#isOrdered(a, b)).close();
    const withPicks = order.copy();
    for (const [from, a] of this.#events.entries())
      for (const [through, c] of this.#events.entries())
        if (isPicked(a, c) && a.instruction !== c.instruction)
          for (const [to, b] of this.#events.entries())
            if (order.has(through, to) && isStore(b)) withPicks.add(from, to);
    return withPicks.close();
  }

  #relate(related: (a: LitmusEvent, b: LitmusEvent) => boolean): Relation {
    const relation = new Relation(this.#events.length);
    for (const [from, a] of this.#events.entries())
      for (const [to, b] of this.#events.entries())
        if (a !== b && a.instruction <= b.instruction && related(a, b)) relation.add(from, to);
    return relation;
  }

  #some(is: (event: LitmusEvent) => boolean): boolean {
    return this.#events.some(is);
  }

  #isOrdered(a: LitmusEvent, b: LitmusEvent): boolean {
    return (
      isTranslationOf(a, b) ||
      this.#isBeforeFault(a, b) ||
      this.isBehindBarrier(a, b) ||
      this.isBehindSynchronization(a, b) ||
      this.#isByDependency(a, b) ||
      isByPick(a, b) ||
      this.#isByAddressBefore(a, b) ||
      this.#isAtomic(a, b) ||
      this.#isByBarrier(a, b) ||
      isSameLocationWrite(a, b)
    );
  }

  /** ETS2-ordered-before: the walk of an access that faults comes after what is before the access. */
  #isBeforeFault(a: LitmusEvent, b: LitmusEvent): boolean {
    return (
      this.#ets2 &&
      isExplicit(a) &&
      isWalk(b) &&
      isBefore(a, b) &&
      this.#some((fault) => isUncached(fault) && fault.translation === b)
    );
  }

  /** DSB-ordered-before. */
  isBehindBarrier(a: LitmusEvent, b: LitmusEvent): boolean {
    const reached = !(isMemory(b) && b.implicit) || this.#ets2;
    return (
      reached &&
      this.#some(
        (barrier) =>
          barrier.kind === "synchronization barrier" &&
          isBefore(a, barrier) &&
          isBefore(barrier, b) &&
          isWaitedFor(a, barrier),
      )
    );
  }

  /** Context-synchronization-ordered-before ("IFB-ob"). */
  isBehindSynchronization(a: LitmusEvent, b: LitmusEvent): boolean {
    return this.#some(
      (point) => isContextSynchronization(point) && isBefore(point, b) && this.#isBeforePoint(a, point),
    );
  }

  #isBeforePoint(a: LitmusEvent, point: LitmusEvent): boolean {
    return (
      point.control.pick.has(a) ||
      (point.translation?.address.pick.has(a) ?? false) ||
      point.translation === a ||
      this.isBehindBarrier(a, point) ||
      this.#some(
        (access) =>
          isExplicit(access) && isBefore(access, point) && (access.address.pick.has(a) || access.translation === a),
      )
    );
  }

  /** Dependency-ordered-before. */
  #isByDependency(a: LitmusEvent, b: LitmusEvent): boolean {
    if (b.address.plain.has(a) && (isMemory(b) || b.kind === "invalidation")) return true;
    if (b.data.plain.has(a) && isStore(b)) return true;
    if (b.control.plain.has(a) && (isStore(b) || isMark(b) || b.kind === "invalidation")) return true;
    return (
      isLoad(b) &&
      this.#some(
        (write) =>
          isStore(write) && (write.address.plain.has(a) || write.data.plain.has(a)) && this.#isLastWrite(write, b),
      )
    );
  }

  /** Writes wait until the addresses of what is before them are known, and their translations. */
  #isByAddressBefore(a: LitmusEvent, b: LitmusEvent): boolean {
    return (
      (isStore(b) || isMark(b)) &&
      this.#some(
        (access) =>
          isExplicit(access) && isBefore(access, b) && (access.address.pick.has(a) || access.translation === a),
      )
    );
  }

  /** "lmrs": the CPU's last write of what `read` reads, before it. */
  #isLastWrite(write: LitmusEvent, read: LitmusEvent): boolean {
    return (
      isBefore(write, read) &&
      isSameLocation(write, read) &&
      !this.#some(
        (other) =>
          other.kind === "write" && isSameLocation(other, read) && isBefore(write, other) && isBefore(other, read),
      )
    );
  }

  /** Atomic-ordered-before. */
  #isAtomic(a: LitmusEvent, b: LitmusEvent): boolean {
    if (b.atomicWith === a) return true;
    return (
      isLoad(b) &&
      isAcquire(b) &&
      this.#some((write) => isStore(write) && write.atomicWith === a && this.#isLastWrite(write, b))
    );
  }

  /** Barrier-ordered-before: DMB, DSB, acquire and release. */
  #isByBarrier(a: LitmusEvent, b: LitmusEvent): boolean {
    if (!isBefore(a, b)) return false;
    const access = isExplicit(b) || isFault(b);
    if (access && this.#some((barrier) => isBetween(a, barrier, b) && isOrderedBy(a, barrier, b))) return true;
    if (access && isLoad(a) && isAcquire(a)) return true;
    if (access && isStore(a) && a.release && a.oneInstruction && a.atomicWith?.acquire === true) return true;
    if (isStore(b) && b.release && isExplicit(a)) return true;
    return isStore(a) && a.release && isLoad(b) && b.acquire;
  }
}

/** "tr-ib": the walk, before the access or the fault that it leads to. */
const isTranslationOf = (a: LitmusEvent, b: LitmusEvent): boolean => b.translation === a;

/** A fault that no TLB entry can be the reason of: a walk that ends in it reads memory. */
export const isUncached = ({ kind, fault }: LitmusEvent): boolean =>
  kind === "fault" && (fault === "Translation" || fault === "AccessFlag");

/** Whether a DSB waits for `event`. */
const isWaitedFor = (event: LitmusEvent, { reach }: LitmusEvent): boolean =>
  reach === "full"
    ? isMemory(event) || event.kind === "invalidation"
    : reach === "load"
      ? isLoad(event) && !event.unused
      : isStore(event);

const isBetween = (a: LitmusEvent, barrier: LitmusEvent, b: LitmusEvent): boolean =>
  (barrier.kind === "data barrier" || barrier.kind === "synchronization barrier") &&
  isBefore(a, barrier) &&
  isBefore(barrier, b);

const isOrderedBy = (a: LitmusEvent, { reach }: LitmusEvent, b: LitmusEvent): boolean =>
  reach === "full"
    ? isExplicit(a)
    : reach === "load"
      ? isLoad(a) && !a.unused
      : isStore(a) && (isStore(b) || isFault(b));

/** "Pick-ordered-before": what only chooses orders writes. */
const isByPick = (a: LitmusEvent, b: LitmusEvent): boolean =>
  isStore(b)
    ? b.address.pick.has(a) || b.data.pick.has(a) || b.control.pick.has(a)
    : (isMark(b) || b.kind === "invalidation") && (b.address.pick.has(a) || b.control.pick.has(a));

const isPicked = (a: LitmusEvent, b: LitmusEvent): boolean =>
  b.address.pick.has(a) || b.data.pick.has(a) || b.control.pick.has(a);

/** Accesses of one location, the later a write; walks too. */
const isSameLocationWrite = (a: LitmusEvent, b: LitmusEvent): boolean =>
  isBefore(a, b) && isSameLocation(a, b) && (isExplicit(a) ? isStore(b) : isWalk(a) && (isStore(b) || isMark(b)));
