import { Access, type AllocationTags, isTagged, TAG_GRANULE_BYTES, type TagChecks } from "@kasan/mmu";
import { addressOf, KASAN_TAG_INVALID, PAGE_SIZE, resetTag, tagOfVpn, vpnOf } from "@kasan/shadow";
import { roundUp } from "../../mm/slab/sizes.ts";
import type { ModeMachine } from "../modes/machine.ts";
import type { HardwareTags } from "../modes/mode.ts";
import type { BootParameters } from "../parameters.ts";

/** `SCTLR_EL1.TCF`: the effect of a tag check fault in the kernel. */
export const TagCheckFault = {
  /** No effect: tags are not compared. */
  NONE: 0,
  /** The access is stopped. */
  SYNC: 1,
  /** The fault is recorded in `TFSR_EL1`. */
  ASYNC: 2,
  /** Reads are stopped; for writes the fault is recorded. */
  ASYMM: 3,
} as const;

/** The TCF value for each `kasan.mode`. */
export const TAG_CHECK_MODES = {
  /** Each fault is taken at the access. */
  sync: TagCheckFault.SYNC,
  /** Faults are recorded, and reported when the kernel checks. */
  async: TagCheckFault.ASYNC,
  /** Loads as in `sync`, stores as in `async`. */
  asymm: TagCheckFault.ASYMM,
} as const;

/** The match-all tag, that of untagged kernel pointers (`TCR_EL1.TCMA1`). */
const MATCH_ALL = 0xf;

/** Stack of a synchronous tag check fault, innermost first (arch/arm64/mm/fault.c, kernel/entry.S). */
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

/** The call traces from which the kernel checks `TFSR_EL1` (arch/arm64/kernel/mte.c), innermost first. */
const SWITCH_PATH = ["kasan_report_async", "mte_check_tfsr_el1", "mte_thread_switch", "__switch_to", "__schedule"];
const EXIT_PATH = ["kasan_report_async", "mte_check_tfsr_el1"];
const FORCED_PATH = ["kasan_report_async", "mte_check_tfsr_el1", "kasan_force_async_fault"];

/**
 * Memory tagging (arm64 MTE) as KASAN uses it: one CPU's tag checks, and memory tags by virtual address. Guest code compares tags
 * itself when it looks an address up in the TLB; mismatches are handled here.
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
      // Depends on the CPU's current register values.
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

  /** Makes all CPUs check tags from now on, as the boot parameters say (kasan_init_hw_tags). */
  start(): void {
    for (const cpu of this.machine.cpuViews) cpu.tagCheckFault = TAG_CHECK_MODES[this.parameters.mode];
  }

  enable(): void {
    const { parameters } = this;
    const { cpu, mmu } = this.machine;
    if (cpu.tagCheckFault === TAG_CHECK_MODES[parameters.mode]) return;
    cpu.tagCheckFault = TAG_CHECK_MODES[parameters.mode];
    // TLB entries made before this are unchecked.
    mmu.tlb.flushAll();
  }

  /** The tag of the memory at a virtual address: 0xf0 if it has none, as LDG returns; -1 if it is not mapped. */
  tagAt(address: bigint): number {
    const untagged = resetTag(address);
    const found = this.machine.space.walk(vpnOf(untagged));
    if (found.reason !== undefined || !(found.physical + PAGE_SIZE <= this.machine.ram.size)) return -1;
    return isTagged(found.flags) ? this.tags.get(found.physical + Number(untagged & 0xfffn)) : 0xf0;
  }

  /** Tags all granules overlapping `bytes` bytes from a virtual address. A fault ends the guest. */
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

  /** Tags `bytes` bytes of a vmalloc area; the rest of its last page gets the invalid tag. */
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
   * Compares a pointer's tag with the memory's tags. A mismatch is reported before the access, later, or not at all.
   *
   * @param vpn - page number of the access, with the pointer's tag
   * @param offset - offset of its first byte in that page
   * @param at - buffer offset of that byte
   * @param bytes - size of the access, which ends in that page
   * @param by - kernel functions that make it
   */
  check(vpn: number, offset: number, at: number, bytes: number, write: boolean, by?: readonly string[]): void {
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
    else this.fault(addressOf(vpn, offset + mismatch), write, by);
  }

  /** {@link Mte.check} for bytes at an address that may span pages. Unmapped bytes are skipped. */
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

  /**
   * Handles a synchronous tag check fault (do_tag_recovery): reports it and disables checks on this CPU, so that the access can
   * continue.
   */
  private fault(address: bigint, write: boolean, by: readonly string[] = []): void {
    const { cpu, kasan } = this.machine;
    cpu.tagCheckFault = TagCheckFault.NONE;
    // FAR_EL1 holds only the tag of the top byte; the kernel fills in the rest.
    const pointer = address | (0xfn << 60n);
    kasan.report({ kind: write ? "Write" : "Read", address: pointer, size: 0n, via: FAULT_PATH, by });
  }

  /** Reports recorded faults (mte_check_tfsr_el1). `via`: the kernel functions that check. */
  private reportNoted(via: readonly string[]): void {
    const { cpu, kasan } = this.machine;
    if (cpu.tagFaultStatus === 0) return;
    cpu.tagFaultStatus = 0;
    kasan.reportAsynchronous(via);
  }

  /** Called when the CPU switches to another task. */
  onSwitch(): void {
    this.reportNoted(SWITCH_PATH);
  }

  /** Called when the kernel returns to user space. Only the part of the stack below the system call is left (exit_to_user_mode). */
  onExit(): void {
    const { cpu, tasks, words } = this.machine;
    const top = cpu.callStackTop;
    cpu.callStackTop = tasks.callStackOf(cpu) + 4 * (words.entry.indexOf("el0_svc") + 1);
    this.reportNoted(EXIT_PATH);
    cpu.callStackTop = top;
  }

  /** Reports recorded faults now (kasan_force_async_fault). */
  force(): void {
    this.reportNoted(FORCED_PATH);
  }
}
