import { ExploreError } from "../error.ts";
import type { LitmusFault } from "./condition.ts";
import { both, type Dependencies, event, type FaultType, type LitmusEvent, noDependencies } from "./event.ts";
import type { AfterFault, LitmusInstruction, LitmusTest } from "./litmus-test.ts";
import { locationAt, mappedBy, tableOf } from "./location.ts";
import { CutOff, type Tape } from "./tape.ts";
import { asEntry, type LitmusAddress, type LitmusValue, plainEntry, sameValue, type TableEntry } from "./value.ts";

/** How often a program may come to the same instruction: loops are unrolled so far, and executions beyond are left out. */
const UNROLLED = 3;

/** A value in a register, with the loads it comes from. */
export interface Held {
  readonly value: LitmusValue;
  readonly from: Dependencies;
}

/** @returns a value that depends on nothing */
export const constant = (value: LitmusValue): Held => ({ value, from: noDependencies });

/** How an access is ordered. */
export interface AccessOrder {
  readonly acquire?: boolean;
  readonly acquirePc?: boolean;
  readonly release?: boolean;
  readonly unused?: boolean;
}

/** What one CPU did, in one of the ways that the values it reads allow. */
export interface ThreadRun {
  readonly cpu: number;
  readonly events: readonly LitmusEvent[];
  readonly registers: ReadonlyMap<string, LitmusValue>;
  readonly faults: readonly LitmusFault[];
}

/** @returns the values that may be read from a location */
export type PossibleValues = (location: string) => readonly LitmusValue[];

/** Where an access goes after its translation. */
interface Translated {
  readonly location: string;
  readonly read: LitmusEvent | undefined;
}

/** Thrown by an instruction that ends in a fault. */
class Faulted extends Error {}

/** One CPU that runs its program: registers, position, and the events so far. Values it reads are chosen. */
export class Thread {
  readonly test: LitmusTest;
  readonly cpu: number;
  readonly tape: Tape;
  readonly #possible: PossibleValues;
  readonly #registers = new Map<string, Held>();
  readonly #events: LitmusEvent[] = [];
  readonly #faults: LitmusFault[] = [];
  readonly #visits = new Map<number, number>();
  /** what an exclusive load reserved */
  reservation: LitmusEvent | undefined;
  #control: Dependencies = noDependencies;
  #instruction = 0;
  #at = 0;
  #next = 0;
  #returnTo = 0;
  #inHandler = false;

  constructor(test: LitmusTest, cpu: number, possible: PossibleValues, tape: Tape) {
    this.test = test;
    this.cpu = cpu;
    this.tape = tape;
    this.#possible = possible;
    for (const [name, value] of test.registers[cpu] ?? []) this.#registers.set(name, constant(value));
  }

  get #program() {
    return this.test.programs[this.cpu] as LitmusTest["programs"][number];
  }

  /**
   * Runs the program to its end.
   *
   * @param step - does one instruction
   * @param afterFault - what follows a fault without a handler
   * @throws {@link CutOff} if it loops more often than loops are unrolled
   */
  run(step: (thread: Thread, instruction: LitmusInstruction) => void, afterFault: AfterFault): ThreadRun {
    while (this.#at < (this.#inHandler ? this.#program.code.length : this.#program.end)) {
      const visits = (this.#visits.get(this.#at) ?? 0) + 1;
      if (visits > UNROLLED) throw new CutOff();
      this.#visits.set(this.#at, visits);
      this.#next = this.#at + 1;
      try {
        step(this, this.#program.code[this.#at] as LitmusInstruction);
      } catch (error) {
        if (!(error instanceof Faulted)) throw error;
        this.#continueAfterFault(afterFault);
      }
      this.#instruction++;
      this.#at = this.#next;
    }
    return {
      cpu: this.cpu,
      events: this.#events,
      registers: new Map([...this.#registers].map(([name, { value }]) => [name, value])),
      faults: this.#faults,
    };
  }

  #continueAfterFault(afterFault: AfterFault): void {
    this.#returnTo = this.#at;
    if (this.#program.handler !== undefined && !this.#inHandler) {
      this.#inHandler = true;
      this.#next = this.#program.handler;
    } else if (afterFault === "fatal") this.#next = this.#program.code.length;
    else if (afterFault === "handled") this.#next = this.#at;
  }

  /** @returns what a register holds; the zero register holds 0 */
  get(register: string): Held {
    if (register === "XZR") return constant(0);
    return this.#registers.get(register) ?? constant(0);
  }

  /** Writes a register; writes of the zero register are lost. */
  set(register: string, held: Held): void {
    if (register !== "XZR") this.#registers.set(register, held);
  }

  /** Goes to `label` next if `taken`; what follows depends on `from` in any case. */
  branch(label: string, taken: boolean, from: Dependencies): void {
    this.#control = both(this.#control, from);
    if (!taken) return;
    const to = this.#program.labels.get(label);
    if (to === undefined) throw new ExploreError("LITMUS", `P${this.cpu} has no label "${label.slice(0, 40)}"`);
    this.#next = to;
  }

  /** Where the next exception return goes; without this, to the instruction that faulted. */
  setReturn(label: string): void {
    const to = this.#program.labels.get(label.replace(/^P\d+:/, ""));
    if (to === undefined) throw new ExploreError("LITMUS", `P${this.cpu} has no label "${label.slice(0, 40)}"`);
    this.#returnTo = to;
  }

  /** Returns from the fault handler. */
  exceptionReturn(): void {
    this.add({ kind: "exception return" });
    this.#inHandler = false;
    this.#next = this.#returnTo;
  }

  /** Adds an event of the instruction that runs. */
  add(given: Pick<LitmusEvent, "kind"> & Partial<LitmusEvent>): LitmusEvent {
    const added = event({
      cpu: this.cpu,
      instruction: this.#instruction,
      at: this.#at,
      control: this.#control,
      ...given,
    });
    this.#events.push(added);
    return added;
  }

  /**
   * Translates and reads.
   *
   * @param address - what holds the address
   * @param offset - what is added to it
   * @returns the value, and the read
   */
  load(address: Held, offset: Held, order: AccessOrder): Held & { readonly read: LitmusEvent } {
    const from = both(address.from, offset.from);
    const virtual = added(address.value, offset.value);
    const to = this.#translate(virtual, from, "read");
    return this.#read(to, virtual, from, order);
  }

  /** Translates and writes. */
  store(address: Held, offset: Held, data: Held, order: AccessOrder): void {
    const from = both(address.from, offset.from);
    const virtual = added(address.value, offset.value);
    const to = this.#translate(virtual, from, "write");
    this.#write(to, virtual, from, data, order, undefined);
  }

  /**
   * Translates once for both, reads, and writes what `update` makes of what was read; undefined writes nothing.
   */
  modify(
    address: Held,
    order: AccessOrder,
    update: (old: Held) => Held | undefined,
  ): Held & { readonly read: LitmusEvent } {
    const { value: virtual, from } = address;
    const to = this.#translate(virtual, from, "write");
    const old = this.#read(to, virtual, from, { ...order, release: false });
    const data = update(old);
    if (data !== undefined) this.#write(to, virtual, from, data, { release: order.release ?? false }, old.read);
    return old;
  }

  /** Writes if the exclusive load before it is still reserved: both are tried. @returns whether it wrote */
  storeExclusive(address: Held, data: Held, order: AccessOrder): boolean {
    const to = this.#translate(address.value, address.from, "write");
    const pair = this.reservation;
    this.reservation = undefined;
    if (pair === undefined || pair.location !== to.location || !this.tape.choose([true, false])) return false;
    this.#write(to, address.value, address.from, data, order, pair, false);
    return true;
  }

  #read(to: Translated, virtual: LitmusValue, from: Dependencies, order: AccessOrder) {
    const value = this.#chooseValue(to.location);
    const read = this.add({
      kind: "read",
      location: to.location,
      value,
      virtual: virtualText(virtual),
      translation: to.read,
      address: from,
      acquire: order.acquire ?? false,
      acquirePc: order.acquirePc ?? false,
      unused: order.unused ?? false,
    });
    return { value, read, from: both(from, this.#throughMemory(to.location), only(read)) };
  }

  #write(
    to: Translated,
    virtual: LitmusValue,
    from: Dependencies,
    data: Held,
    order: AccessOrder,
    atomicWith: LitmusEvent | undefined,
    oneInstruction = true,
  ): void {
    this.add({
      kind: "write",
      location: to.location,
      value: data.value,
      virtual: virtualText(virtual),
      translation: to.read,
      address: from,
      data: data.from,
      release: order.release ?? false,
      atomicWith,
      oneInstruction,
    });
  }

  /** A value that this CPU wrote depends on what the write needed. */
  #throughMemory(location: string): Dependencies {
    const last = this.#events
      .filter(
        ({ kind, location: written, implicit, instruction }) =>
          kind === "write" && written === location && !implicit && instruction < this.#instruction,
      )
      .at(-1);
    return last === undefined ? noDependencies : both(last.address, last.data);
  }

  #chooseValue(location: string): LitmusValue {
    return this.tape.choose(this.#possible(location));
  }

  /**
   * Finds where a virtual address leads, by a read of its table entry. Hardware that manages entries marks it.
   * Addresses of entries and physical addresses need no translation, but are not for EL0.
   */
  #translate(virtual: LitmusValue, from: Dependencies, access: "read" | "write"): Translated {
    if (typeof virtual === "number" || virtual.kind === "entry" || virtual.kind === "label")
      throw new ExploreError(
        "LITMUS",
        `P${this.cpu} accesses ${typeof virtual === "number" ? virtual : "a value"}, which is no address`,
      );
    if (this.test.architecture !== "AArch64")
      return { location: locationAt(virtual.symbol, virtual.offset), read: undefined };
    if (virtual.kind !== "virtual") return this.#untranslated(virtual, from);
    const location = tableOf(virtual.symbol);
    const held = this.#chooseValue(location);
    const entry = held === 0 ? { ...plainEntry(virtual.symbol), valid: 0 as const } : asEntry(held);
    if (entry === undefined) throw new CutOff();
    const read = this.add({
      kind: "read",
      implicit: true,
      location,
      value: entry,
      virtual: virtualText(virtual),
      address: from,
    });
    const fault = this.#faultOf(entry, access);
    if (fault !== undefined) this.#fault(fault, virtual.symbol, read, from);
    this.#markEntry(entry, read, access);
    return { location: locationAt(entry.oa, virtual.offset), read };
  }

  /** An entry or a physical address, which EL0 may not access. */
  #untranslated(address: LitmusAddress, from: Dependencies): Translated {
    const location = address.kind === "table" ? tableOf(address.symbol) : locationAt(address.symbol, address.offset);
    if (this.test.user.has(this.cpu)) this.#fault("Permission", location, undefined, from);
    return { location, read: undefined };
  }

  #faultOf(entry: TableEntry, access: "read" | "write"): FaultType | undefined {
    const { accessFlag, dirtyBit } = this.test.management[this.cpu] as LitmusTest["management"][number];
    if (entry.valid === 0) return "Translation";
    if (entry.af === 0 && !accessFlag) return "AccessFlag";
    if (entry.el0 === 0 && this.test.user.has(this.cpu)) return "Permission";
    if (access === "write" && entry.db === 0 && !(dirtyBit && entry.dbm === 1)) return "Permission";
    return undefined;
  }

  #fault(fault: FaultType, location: string, read: LitmusEvent | undefined, from: Dependencies): never {
    this.add({ kind: "fault", fault, virtual: read?.virtual ?? location, translation: read, address: from });
    const labels = [...this.#program.labels].filter(([, at]) => at === this.#at).map(([label]) => label);
    this.#faults.push({ cpu: this.cpu, labels, location, type: fault });
    throw new Faulted();
  }

  #markEntry(entry: TableEntry, read: LitmusEvent, access: "read" | "write"): void {
    const { accessFlag, dirtyBit } = this.test.management[this.cpu] as LitmusTest["management"][number];
    const marked: TableEntry = {
      ...entry,
      af: accessFlag ? 1 : entry.af,
      db: access === "write" && dirtyBit && entry.dbm === 1 ? 1 : entry.db,
    };
    if (sameValue(marked, entry)) return;
    this.add({
      kind: "write",
      implicit: true,
      location: read.location,
      value: marked,
      virtual: read.virtual,
      address: read.address,
      atomicWith: read,
    });
  }
}

const only = (read: LitmusEvent): Dependencies => ({ plain: new Set([read]), pick: new Set([read]) });

const virtualText = (value: LitmusValue): string =>
  typeof value === "number" || value.kind === "entry" || value.kind === "label"
    ? ""
    : value.kind === "virtual"
      ? locationAt(value.symbol, value.offset)
      : "";

/** @returns an address with a number added to it */
function added(address: LitmusValue, offset: LitmusValue): LitmusValue {
  if (offset === 0) return address;
  if (typeof offset !== "number" || typeof address === "number" || address.kind === "entry" || address.kind === "label")
    throw new CutOff();
  return { ...address, offset: address.offset + offset };
}

/** @returns memory's value before a test sets it: 0, or the plain entry of its location */
export function firstValue(test: LitmusTest, location: string): LitmusValue {
  const mapped = mappedBy(location);
  return test.memory.get(location) ?? (mapped === undefined ? 0 : plainEntry(mapped));
}
