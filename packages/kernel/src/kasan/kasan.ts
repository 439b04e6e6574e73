import type { Mmu } from "@kasan/mmu";
import { type KasanReport, type ReportStyle, renderReport } from "@kasan/report";
import { ACCESS_OK, ACCESS_SHADOW_FAULT, type BugType } from "@kasan/shadow";
import type { Oops } from "../log/oops.ts";
import type { Printk } from "../log/printk.ts";
import type { FoundSymbol } from "../log/symbols.ts";
import { join } from "../mm/guest-memory.ts";
import type { Clock } from "../smp/clock.ts";
import type { SpinLock } from "../smp/lock.ts";
import type { Mechanism } from "./generic/mechanisms.ts";
import { Globals, type GlobalsMachine, type GlobalVariable } from "./globals.ts";
import type { Incident, Reporter } from "./incident.ts";
import type { RunningMode } from "./modes/mode.ts";
import type { BootParameters } from "./parameters.ts";
import {
  buildAsynchronousReport,
  buildReport,
  describeMemory,
  type MemoryDescription,
  type ReportMachine,
} from "./report/build.ts";

/** The parts of a machine that {@link Kasan} uses. */
export interface KasanMachine extends ReportMachine, GlobalsMachine {
  /** Accesses memory through the CPU's TLBs. */
  readonly mmu: Mmu;
  /** Oopses, warnings and panics. */
  readonly oops: Oops;
  /** The kernel log. */
  readonly printk: Pick<Printk, "line" | "lines">;
  readonly locks: { readonly console: SpinLock };
  readonly style: ReportStyle;
  /** The machine's clock. */
  readonly clock: Clock;
  /** Guest code. */
  readonly guest: { named(name: string): unknown };
  /** Whether the running task's bad accesses are not reported. */
  readonly scheduler: { readonly silenced: boolean };
  /** State of KUnit tests. */
  readonly tests: { readonly inTest: boolean; report(index: number): void };
  /** KASAN parameters of the kernel's command line. */
  readonly parameters: BootParameters;
  /** The options the machine was built from. */
  readonly options: {
    readonly version: string;
    readonly panicOnWarn: boolean;
    readonly probeShadow?: boolean;
    readonly onReport?: (report: KasanReport) => void;
  };
}

/** The KASAN runtime: checks that compiled code could not decide alone, the shadow of any address, and reports. */
export class Kasan implements Reporter {
  /** Mode-specific behaviour. */
  readonly mode: RunningMode;
  private readonly machine: KasanMachine;
  private readonly globals: Globals;
  private readonly checksBytes: boolean;

  /** @param globals - buffer offset of {@link GLOBALS_BYTES} bytes */
  constructor(mode: RunningMode, machine: KasanMachine, globals: number) {
    this.mode = mode;
    this.machine = machine;
    this.globals = new Globals(machine, globals);
    this.checksBytes = mode.mechanisms.has("byte-checks");
  }

  /** Whether bugs are found and reported. */
  get enabled(): boolean {
    return this.mode.enabled;
  }

  /** Whether there is shadow memory. */
  get hasShadow(): boolean {
    return this.mode.hasShadow;
  }

  /** Whether a mechanism is in use. */
  has(mechanism: Mechanism): boolean {
    return this.mode.mechanisms.has(mechanism);
  }

  /**
   * The shadow byte of an address, or its hardware tag; -1 if the shadow, or with hardware tags the address itself, is not mapped.
   */
  shadowByte(address: bigint): number {
    return this.mode.byteAt(address);
  }

  /** What a report of an access to an address would say of the memory there. Nothing is reported. */
  describe(address: bigint): MemoryDescription {
    return describeMemory(this.machine, this.mode, address);
  }

  /** Number of reports printed. */
  get reports(): number {
    return this.machine.counters.get("reports");
  }

  /** Number of bugs found but not reported in single-shot mode. */
  get suppressed(): number {
    return this.machine.counters.get("suppressed");
  }

  /** Registers a global by name; static variables are not in our symbol tables. */
  addGlobal(global: GlobalVariable): void {
    this.globals.add(global);
  }

  /** The registered global whose range, redzone included, contains an address. */
  globalAt(address: bigint): FoundSymbol | undefined {
    return this.globals.find(address);
  }

  /** Sets the shadow of all granules overlapping `size` bytes from `address`, a multiple of the granule. */
  fillShadow(address: bigint, size: number, value: number): void {
    this.mode.fill(address, size, value);
  }

  /** Makes `size` bytes from the start of a granule accessible; the last granule may be partial (kasan_unpoison). */
  unpoison(address: bigint, size: number): void {
    this.mode.unpoison(address, size);
  }

  /**
   * Performs the complete check of an access (kasan_check_range) and reports a bad one. `via`: kernel functions making the access.
   * `exactSize`: the size where a number cannot hold it: a negative size, which is huge when taken as unsigned.
   *
   * @returns whether the access is good
   */
  check(low: number, high: number, size: number, write: boolean, via: readonly string[], exactSize?: bigint): boolean {
    const { mode, machine } = this;
    const result = mode.check(low, high, size);
    if (result === ACCESS_OK || mode.isGoodAfterAll(low, high, size)) return true;
    if (result === ACCESS_SHADOW_FAULT && !machine.options.probeShadow) machine.oops.pageFault(machine.mmu.fault);
    return !this.report({
      kind: write ? "Write" : "Read",
      address: join(low, high),
      size: exactSize ?? BigInt(size),
      via: ["kasan_report", ...via],
    });
  }

  /**
   * Checks whether a byte is accessible and reports it as a read if not (kasan_check_byte). `via`: the checking function; `by`: its
   * callers.
   */
  checkByte(low: number, high: number, via: string, by: readonly string[] = []): boolean {
    if (!this.checksBytes) return true;
    const address = join(low, high);
    if (this.mode.isByteAccessible(address) || this.mode.isGoodAfterAll(low, high, 1)) return true;
    return !this.report({ kind: "Read", address, size: 1n, via: ["kasan_report", "__kasan_check_byte", via], by });
  }

  /**
   * Checks bytes that a kernel function in C reads one by one, as the compiler's checks do. The first that is bad is reported; others of
   * the same read are not. `by`: the function and its callers, innermost first.
   */
  checkBytesRead(address: bigint, count: number, by: readonly string[]): void {
    const { mode } = this;
    if (!mode.hasShadow || count === 0) return;
    const [low, high] = [Number(address & 0xffffffffn), Number(address >> 32n)];
    if (mode.check(low, high, count) === ACCESS_OK) return;
    for (let at = address; at < address + BigInt(count); at++) {
      const [lower, upper] = [Number(at & 0xffffffffn), Number(at >> 32n)];
      if (mode.check(lower, upper, 1) === ACCESS_OK || mode.isGoodAfterAll(lower, upper, 1)) continue;
      this.report({ kind: "Read", address: at, size: 1n, via: ["kasan_report"], by });
      return;
    }
  }

  /** Reports an invalid free. `inside`: see {@link Incident}. */
  reportFree(address: bigint, bug: BugType, via: readonly string[], inside = 0): void {
    this.report({ kind: "Free", address, size: 0n, freeBug: bug, via, inside });
  }

  /** Selects whether every bug is reported or only the first. @returns the previous setting */
  enableMultiShot(enable: boolean): boolean {
    const { counters } = this.machine;
    const before = counters.get("multiShot") === 1;
    counters.set("multiShot", Number(enable));
    return before;
  }

  report(incident: Incident): boolean {
    // Of invalid frees, kernels report all (report_suppressed_sw() in mm/kasan/report.c).
    if (incident.kind !== "Free" && this.machine.scheduler.silenced) return false;
    this.machine.oops.refuseAddress(incident.address);
    this.publish(() => buildReport(this.machine, this.mode, incident), incident.kind !== "Read");
    return true;
  }

  reportAsynchronous(noticed: readonly string[]): void {
    this.publish(() => buildAsynchronousReport(this.machine, noticed), true);
  }

  /** `changes`: whether the incident is, or may be, a write or a free. */
  private publish(build: () => KasanReport, changes: boolean): void {
    const { options, counters, locks, oops, tests, guest, parameters } = this.machine;
    if (!this.enabled) return;
    // Keeps concurrent reports apart, like the kernel's report_lock.
    locks.console.acquire();
    const number = counters.add("reports", 1);
    if (number > 0 && counters.get("multiShot") === 0) {
      counters.set("reports", number);
      counters.add("suppressed", 1);
      locks.console.release();
      return;
    }
    const report = this.print(build());
    tests.report(number);
    options.onReport?.(report);
    locks.console.release();
    // A report makes a KUnit test that does not expect one fail.
    if (tests.inTest) guest.named("kasan_guest_reported");
    oops.taint("BAD_PAGE");
    if (options.panicOnWarn) oops.panic("KASAN: panic_on_warn set ...");
    const { fault } = parameters;
    if (fault === "panic" || (fault === "panic_on_write" && changes)) oops.panic(`kasan.fault=${fault} set ...`);
  }

  private print(report: KasanReport): KasanReport {
    const { printk, clock, style } = this.machine;
    printk.lines(renderReport(report, style), () => clock.advance(10_000));
    return report;
  }
}
