import { Access, type AllocationTags, isTagged, TAG_GRANULE_BYTES, type TagChecks } from "@kasan/mmu";
import { addressOf, KASAN_TAG_INVALID, PAGE_SIZE, resetTag, tagOfVpn, vpnOf } from "@kasan/shadow";
import { roundUp } from "../../mm/slab/sizes.ts";
import type { ModeMachine } from "../modes/machine.ts";
import type { HardwareTags } from "../modes/mode.ts";
import type { BootParameters } from "../parameters.ts";

/** `SCTLR_EL1.TCF`: what a tag check fault of the kernel does. */
export const TagCheckFault = {
  /** Nothing: tags are not compared. */
  NONE: 0,
  /** It stops the access. */
  SYNC: 1,
  /** It is noted in `TFSR_EL1`. */
  ASYNC: 2,
  /** Of reads it stops the access, of writes it is noted. */
  ASYMM: 3,
} as const;

/** What each mode of `kasan.mode` sets. */
export const TAG_CHECK_MODES = {
  /** Each fault is taken at the access. */
  sync: TagCheckFault.SYNC,
  /** Faults are noted, and reported when the kernel looks. */
  async: TagCheckFault.ASYNC,
  /** Of loads as in `sync`, of stores as in `async`. */
  asymm: TagCheckFault.ASYMM,
} as const;

/** The tag that matches all: kernel pointers that have none (`TCR_EL1.TCMA1`). */
const MATCH_ALL = 0xf;

/** What is on the stack of a synchronous tag check fault, innermost first (arch/arm64/mm/fault.c, kernel/entry.S). */
const FAULT_PATH = [
  "kasan_report",
  "__do_kernel_fault",
  "do_bad_area",
  "do_tag_check_fault",
  "do_mem_abort",
  "el1_abort",
  "el1h_64_sync_handler",
  "el1h_64_sync",
];

/** Where the kernel looks at `TFSR_EL1` (arch/arm64/kernel/mte.c), innermost first. */
const SWITCH_PATH = ["kasan_report_async", "mte_check_tfsr_el1", "mte_thread_switch", "__switch_to", "__schedule"];
const EXIT_PATH = ["kasan_report_async", "mte_check_tfsr_el1"];
const FORCED_PATH = ["kasan_report_async", "mte_check_tfsr_el1", "kasan_force_async_fault"];

/**
 * Memory tagging (arm64 MTE) as the kernel uses it for KASAN: one CPU's tag checks, and the tags of memory by virtual address.
 * Guests' code compares tags itself, where it looks an address up in the TLB; what differs comes here.
 */
export class Mte implements HardwareTags {
  /** The tags of RAM. */
  readonly tags: AllocationTags;
  readonly comparison: TagChecks;
  private readonly machine: ModeMachine;
  private readonly parameters: BootParameters;

  /** @param tags - the machine's tag storage */
  constructor(machine: ModeMachine, tags: AllocationTags, parameters: BootParameters) {
    const { cpu } = machine;
    this.machine = machine;
    this.tags = tags;
    this.parameters = parameters;
    this.comparison = {
      uniform: tags.uniform,
      // As the CPU's registers say at each time.
      get active() {
        return cpu.tagCheckFault !== TagCheckFault.NONE;
      },
    };
  }

  get storage(): number {
    return this.tags.base;
  }

  get flags(): number {
    const { mode, vmalloc, stacktrace } = this.parameters;
    return 1 | (Number(vmalloc) << 1) | (Number(stacktrace) << 2) | (TAG_CHECK_MODES[mode] << 3);
  }

  /** All CPUs check tags from now on, as the boot parameters say (kasan_init_hw_tags). */
  start(): void {
    for (const cpu of this.machine.cpuViews) cpu.tagCheckFault = TAG_CHECK_MODES[this.parameters.mode];
  }

  enable(): void {
    const { parameters } = this;
    const { cpu, mmu } = this.machine;
    if (cpu.tagCheckFault === TAG_CHECK_MODES[parameters.mode]) return;
    cpu.tagCheckFault = TAG_CHECK_MODES[parameters.mode];
    // What was entered meanwhile is not checked.
    mmu.tlb.flushAll();
  }

  /** The tag of the memory at a virtual address: 0xf0 if it has none, as LDG finds; -1 if it is not mapped. */
  tagAt(address: bigint): number {
    const untagged = resetTag(address);
    const found = this.machine.space.walk(vpnOf(untagged));
    if (found.reason !== undefined || !(found.physical + PAGE_SIZE <= this.machine.ram.size)) return -1;
    return isTagged(found.flags) ? this.tags.get(found.physical + Number(untagged & 0xfffn)) : 0xf0;
  }

  /** Gives all granules that `bytes` bytes from a virtual address touch a tag; a fault ends the guest. */
  setTags(address: bigint, bytes: number, tag: number): void {
    const { mmu, oops } = this.machine;
    let at = resetTag(address);
    while (bytes > 0) {
      const offset = Number(at & 0xfffn);
      const run = Math.min(bytes, PAGE_SIZE - offset);
      const page = mmu.translate(vpnOf(at), Access.WRITE, undefined, offset);
      if (page < 0) oops.pageFault(mmu.fault);
      this.tags.set(page + offset, run, tag);
      bytes -= run;
      at += BigInt(run);
    }
  }

  /** Gives an area of vmalloc space a tag: `bytes` bytes of it, and what is left of its last page the invalid one. */
  tagArea(vpn: number, bytes: number, tag: number): void {
    const { pages, kernelPages } = this.machine;
    const { size } = kernelPages;
    for (let i = 0; i * size < bytes; i++) {
      const pfn = kernelPages.lookup(vpn + i);
      const used = Math.min(size, roundUp(bytes - i * size, TAG_GRANULE_BYTES));
      this.tags.set(pfn * size, used, tag);
      this.tags.set(pfn * size + used, size - used, KASAN_TAG_INVALID);
      // For accesses through page_address() of its pages.
      pages.setTag(pfn, tag);
    }
  }

  /**
   * Compares the tag of a pointer with those of the memory that it leads to. What differs is reported: before the access, or
   * later, or not at all.
   *
   * @param vpn - page number of the access, with the pointer's tag
   * @param offset - of its first byte in that page
   * @param at - buffer offset of that byte
   * @param bytes - of the access; they end in that page
   */
  check(vpn: number, offset: number, at: number, bytes: number, write: boolean): void {
    const tag = tagOfVpn(vpn) & 0xf;
    if (tag === MATCH_ALL || bytes <= 0) return;
    const mismatch = this.tags.firstMismatch(at, bytes, tag);
    if (mismatch < 0) return;
    const { cpu, mmu } = this.machine;
    const { parameters } = this;
    if (mmu.admit(vpn, write ? Access.WRITE : Access.READ)) return;
    if (parameters.writeOnly && !write) return;
    const asynchronous =
      cpu.tagCheckFault === TagCheckFault.ASYNC || (cpu.tagCheckFault === TagCheckFault.ASYMM && write);
    if (asynchronous) cpu.tagFaultStatus = 1;
    else this.fault(addressOf(vpn, offset + mismatch), write);
  }

  /** {@link Mte.check} of bytes that may reach over pages, by their address. Those that are not mapped are left alone. */
  checkRange(address: bigint, bytes: number, write: boolean): void {
    if (Number((address >> 56n) & 0xfn) === MATCH_ALL) return;
    const { mmu } = this.machine;
    for (let done = 0; done < bytes; ) {
      const at = address + BigInt(done);
      const offset = Number(at & 0xfffn);
      const vpn = vpnOf(BigInt.asUintN(64, at));
      const page = mmu.translate(vpn, write ? Access.WRITE : Access.READ, undefined, offset);
      if (page < 0) return;
      const run = Math.min(bytes - done, PAGE_SIZE - offset);
      this.check(vpn, offset, page + offset, run, write);
      done += run;
    }
  }

  /** A synchronous tag check fault (do_tag_recovery): a report, and no more checks on this CPU, so that the access can go on. */
  private fault(address: bigint, write: boolean): void {
    const { cpu, kasan } = this.machine;
    cpu.tagCheckFault = TagCheckFault.NONE;
    // Of the top byte, FAR_EL1 has the tag; the kernel completes it.
    const pointer = address | (0xfn << 60n);
    kasan.report({ kind: write ? "Write" : "Read", address: pointer, size: 0n, via: FAULT_PATH });
  }

  /** Reports faults that were noted (mte_check_tfsr_el1). `via`: kernel functions that look. */
  private reportNoted(via: readonly string[]): void {
    const { cpu, kasan } = this.machine;
    if (cpu.tagFaultStatus === 0) return;
    cpu.tagFaultStatus = 0;
    kasan.reportAsynchronous(via);
  }

  /** Another task gets the CPU. */
  onSwitch(): void {
    this.reportNoted(SWITCH_PATH);
  }

  /** The kernel returns to user space: of the stack, what is below the system call is left (exit_to_user_mode). */
  onExit(): void {
    const { cpu, tasks, words } = this.machine;
    const top = cpu.callStackTop;
    cpu.callStackTop = tasks.callStackOf(cpu) + 4 * (words.entry.indexOf("el0_svc") + 1);
    this.reportNoted(EXIT_PATH);
    cpu.callStackTop = top;
  }

  /** Has noted faults reported now (kasan_force_async_fault). */
  force(): void {
    this.reportNoted(FORCED_PATH);
  }
}
