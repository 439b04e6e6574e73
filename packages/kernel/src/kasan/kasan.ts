import { Access } from "@kasan/mmu";
import { type KasanReport, renderReport } from "@kasan/report";
import {
  ACCESS_OK,
  ACCESS_SHADOW_FAULT,
  type AccessResult,
  type BugType,
  checkTags,
  createFound,
  hasShadow,
  isByteAccessible,
  offsetOf,
  resetTag,
  type ShadowPages,
  shadowOf,
  shadowOffsetOf,
  shadowView,
  shadowVpnOf,
  tagOf,
  tagsMatch,
  vpnFromHalves,
  vpnOf,
} from "@kasan/shadow";
import type { FoundSymbol } from "../api/guest-interface.ts";
import type { Machine } from "../boot/machine.ts";
import { join } from "../mm/guest-memory.ts";
import { checkRange } from "./generic/check-range.ts";
import { type Mechanism, poisonTable } from "./generic/mechanisms.ts";
import { Globals, type GlobalVariable } from "./globals.ts";
import { buildAsynchronousReport, buildReport } from "./reporter.ts";
import { GRANULE } from "./shadow/direct-map.ts";
import { tagTable } from "./tags/tags.ts";

/** What is reported, before anything is known about the address. */
export interface Incident {
  /** What was tried. */
  readonly kind: "Read" | "Write" | "Free";
  /** Its first byte. */
  readonly address: bigint;
  /** Bytes; 0 for a free. */
  readonly size: bigint;
  /** Set for a free. */
  readonly freeBug?: BugType;
  /** Kernel functions that did the check, innermost first. */
  readonly via: readonly string[];
  /** Kernel functions between them and the guest, innermost first; the title names the first. */
  readonly by?: readonly string[];
  /** Guest functions between them and the one that the title names: a part of the kernel that is in C. 0 by default. */
  readonly inside?: number;
}

/** The KASAN runtime: checks that the compiled code could not decide alone, shadow of any address, and reports. */
export class Kasan {
  private readonly machine: Machine;
  private readonly found = createFound();
  private readonly shadowPages: ShadowPages;
  private readonly globals: Globals;
  private readonly table: Uint8Array;
  /** Mechanisms that this machine lacks. */
  readonly without: ReadonlySet<Mechanism>;
  private readonly checksBytes: boolean;
  private readonly granule: number;
  /** Checks made on this CPU. */
  slowChecks = 0;

  /** @param globals - buffer offset of {@link GLOBALS_BYTES} bytes */
  constructor(machine: Machine, globals: number) {
    this.machine = machine;
    this.globals = new Globals(machine, globals);
    this.table = machine.tags ? tagTable() : poisonTable(machine.options.without);
    this.granule = machine.shadow.granule;
    this.without = new Set(machine.options.without);
    this.checksBytes = !this.without.has("byte-checks");
    this.shadowPages = {
      view: shadowView(machine.ram.u8),
      indexOf: (shadowVpn) => machine.translateShadow(shadowVpn, Access.READ),
    };
  }

  /** Whether an address has shadow or a tag (addr_has_metadata). */
  hasMetadata(address: bigint): boolean {
    const { mte, architecture, shadow } = this.machine;
    if (!mte) return hasShadow(shadow, address);
    const { vmallocStart, vmallocEnd } = architecture.layout;
    if (address >= vmallocStart && address <= vmallocEnd) return true;
    return this.machine.physical(Number(address & 0xffffffffn), Number(address >> 32n)) >= 0;
  }

  /** Buffer offset of the shadow byte of an address, for reading or writing; -1 if it is not mapped so. */
  private shadowAt(address: bigint, access: number): number {
    const { machine } = this;
    if (machine.tags) address = resetTag(address);
    const vpn = vpnOf(address);
    const offset = offsetOf(address);
    const page = machine.translateShadow(shadowVpnOf(machine.shadow, vpn, offset), access);
    return page < 0 ? -1 : page + shadowOffsetOf(machine.shadow, vpn, offset);
  }

  /** The shadow byte of an address, or the tag that hardware keeps; -1 if its shadow, or it itself, is not mapped. */
  shadowByte(address: bigint): number {
    if (this.machine.mte) return this.machine.mte.tagAt(address);
    const at = this.shadowAt(address, Access.READ);
    return at < 0 ? -1 : this.machine.ram.u8[at];
  }

  /** Reports printed. */
  get reports(): number {
    return this.machine.counters.get("reports");
  }

  /** Bugs found and, in single-shot mode, not reported. */
  get suppressed(): number {
    return this.machine.counters.get("suppressed");
  }

  /** Remembers a global by name: static ones are in no symbol table of ours. */
  addGlobal(global: GlobalVariable): void {
    this.globals.add(global);
  }

  /** The registered global, redzone included, at an address. */
  globalAt(address: bigint): FoundSymbol | undefined {
    return this.globals.find(address);
  }

  /** Sets the shadow of all granules that `size` bytes from `address`, a multiple of the granule, on touch. */
  fillShadow(address: bigint, size: number, value: number): void {
    if (this.machine.mte) return this.machine.mte.setTags(address, size, this.table[value]);
    const granules = Math.ceil(size / this.granule);
    const untagged = this.machine.tags ? resetTag(address) : address;
    this.setShadow(shadowOf(this.machine.shadow, untagged), granules, value);
  }

  /** Gives all granules that `size` bytes from an address (its tag does not matter) touch a tag. */
  tagMemory(address: bigint, size: number, tag: number): void {
    if (this.machine.mte) return this.machine.mte.setTags(address, size, tag);
    this.writeShadow(shadowOf(this.machine.shadow, resetTag(address)), Math.ceil(size / this.granule), tag);
  }

  /** Sets `count` shadow bytes from a shadow address on; a fault ends the guest. */
  setShadow(shadowAddress: bigint, count: number, value: number): void {
    this.writeShadow(shadowAddress, count, this.table[value]);
  }

  private writeShadow(shadowAddress: bigint, count: number, value: number): void {
    const { mmu, oops, ram } = this.machine;
    let vpn = vpnOf(shadowAddress);
    let offset = offsetOf(shadowAddress);
    while (count > 0) {
      const page = this.machine.translateShadow(vpn, Access.WRITE, offset);
      if (page < 0) oops.pageFault(mmu.fault);
      const run = Math.min(count, 4096 - offset);
      ram.fill(value, page + offset, page + offset + run);
      count -= run;
      offset = 0;
      vpn++;
    }
  }

  /** Makes `size` bytes from a granule's first address on accessible, the last granule partly (kasan_unpoison). */
  unpoison(address: bigint, size: number): void {
    if (this.machine.tags) return this.tagMemory(address, size, tagOf(address));
    this.fillShadow(address, size - (size % GRANULE), 0);
    if (size % GRANULE !== 0) this.fillShadow(address + BigInt(size - (size % GRANULE)), 1, size % GRANULE);
  }

  /**
   * The complete check of an access (kasan_check_range); reports a bad one. `via`: kernel functions on whose behalf. `exactSize`: the size
   * where a number cannot hold it: a negative one, which is a huge one.
   *
   * @returns whether it is good
   */
  check(
    low: number,
    high: number,
    size: number,
    write: boolean,
    via: readonly string[],
    exactSize = BigInt(size),
  ): boolean {
    // The processor checks.
    if (this.machine.mte) return true;
    this.slowChecks++;
    const { oops } = this.machine;
    const result = this.look(low, high, size);
    if (result === ACCESS_OK || this.isGoodAfterAll(low, high, size)) return true;
    const unmapped = result === ACCESS_SHADOW_FAULT;
    if (unmapped && !this.machine.options.probeShadow) oops.pageFault(this.machine.mmu.fault);
    this.report({
      kind: write ? "Write" : "Read",
      address: join(low, high),
      size: exactSize,
      via: ["kasan_report", ...via],
    });
    return false;
  }

  /** What shadow says of an access. */
  private look(low: number, high: number, size: number): AccessResult {
    const { machine, found } = this;
    const { shadow, space, tags } = machine;
    const vpn = vpnFromHalves(low, machine.untag(high));
    return tags
      ? checkTags(shadow, this.shadowPages, machine.tagOf(high), vpn, low & 0xfff, size, found)
      : checkRange(space, shadow, this.shadowPages, vpn, low & 0xfff, size, found);
  }

  /**
   * Whether an access that shadow says is bad is good: under a per-page scheme it may be to memory that has no shadow of its own, or
   * this CPU's view of the shadow may be an old one. Without one, no.
   */
  isGoodAfterAll(low: number, high: number, size: number): boolean {
    const { pageShadow } = this.machine;
    const physical = pageShadow ? this.machine.physical(low, high) : -1;
    if (!pageShadow || physical < 0) return false;
    return pageShadow.isGood(physical, size) || this.look(low, high, size) === ACCESS_OK;
  }

  /** Whether a byte may be accessed; reports it as read if not (kasan_check_byte). `via`: who asks; `by`: on whose behalf. */
  checkByte(low: number, high: number, via: string, by: readonly string[] = []): boolean {
    if (!this.checksBytes) return true;
    const address = join(low, high);
    const byte = this.shadowByte(address);
    const { tags } = this.machine;
    if (byte >= 0 && (tags ? tagsMatch(tagOf(address), byte) : isByteAccessible(byte))) return true;
    if (this.isGoodAfterAll(low, high, 1)) return true;
    this.report({ kind: "Read", address, size: 1n, via: ["kasan_report", "__kasan_check_byte", via], by });
    return false;
  }

  /** Reports a free that cannot be. `inside`: as of {@link Incident}. */
  reportFree(address: bigint, bug: BugType, via: readonly string[], inside = 0): void {
    this.report({ kind: "Free", address, size: 0n, freeBug: bug, via, inside });
  }

  /** Has every bug reported, or only the first. @returns what it was before */
  enableMultiShot(enable: boolean): boolean {
    const { counters } = this.machine;
    const before = counters.get("multiShot") === 1;
    counters.set("multiShot", Number(enable));
    return before;
  }

  /** Prints a report, unless the machine prints only the first and this is not it. */
  report(incident: Incident): void {
    this.publish(() => buildReport(this.machine, incident), incident.kind !== "Read");
  }

  /**
   * Prints what is left to say of an access that is past: hardware noted that its tags differed (kasan_report_async).
   *
   * @param noticed - kernel functions that noticed, innermost first
   */
  reportAsynchronous(noticed: readonly string[]): void {
    this.publish(() => buildAsynchronousReport(this.machine, noticed), true);
  }

  /** `changes`: whether it is of a write or a free, or may be. */
  private publish(build: () => KasanReport, changes: boolean): void {
    const { options, counters, locks, oops, tests, guest, parameters } = this.machine;
    // Whole, whoever else reports: as the kernel's report_lock.
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
    // A KUnit test that is not about KASAN fails by this.
    if (tests.inTest) guest.named("kasan_guest_reported");
    oops.taint("BAD_PAGE");
    if (options.panicOnWarn) oops.panic("KASAN: panic_on_warn set ...");
    const { fault } = parameters;
    if (fault === "panic" || (fault === "panic_on_write" && changes)) oops.panic(`kasan.fault=${fault} set ...`);
  }

  private print(report: KasanReport): KasanReport {
    const { printk, clock } = this.machine;
    for (const line of renderReport(report, this.machine.style)) {
      clock.advance(10_000);
      printk.line(line.level, line.text);
    }
    return report;
  }
}
