import { Access, type AddressSpace, type Fault, type Mmu, TlbKind } from "@kasan/mmu";
import type { ExceptionName, KernelWords } from "@kasan/platform";
import {
  type CrashSite,
  formatFrame,
  type OopsCause,
  type ReportLine,
  type ReportStyle,
  renderDumpStack,
  renderOops,
  renderPanic,
  renderSoftLockup,
  renderWarning,
  type StackFrame,
  TAINTS,
  type Taint,
} from "@kasan/report";
import {
  addressOfShadow,
  atLeast,
  explainShadowFault,
  formatAddress,
  hasShadow,
  isShadow,
  offsetOf,
  parseVersion,
  type ShadowFault,
  type ShadowLayout,
  shadowOf,
  vpnOf,
} from "@kasan/shadow";
import { GuestStopped } from "../error.ts";
import { join } from "../mm/guest-memory.ts";
import type { KernelPages } from "../mm/kernel-pages.ts";
import type { Clock } from "../smp/clock.ts";
import type { Counters } from "../smp/counters.ts";
import type { Cpu } from "../smp/cpu.ts";
import type { SpinLock } from "../smp/lock.ts";
import type { CallStacks } from "./call-stacks.ts";
import { type FrameParts, frameOfWord, framesOf } from "./frames.ts";
import type { Printk } from "./printk.ts";

/** KERN_ERR (include/linux/kern_levels.h). */
const ERR = 3;

/** The parts of a machine that {@link Oops} uses. */
export interface OopsParts extends FrameParts {
  /** The CPU this view belongs to. */
  readonly cpu: Cpu;
  /** Saves the current call stack. */
  readonly stacks: CallStacks;
  /** The running task, and whether it has user memory. */
  readonly tasks: {
    current(cpu: Cpu): { readonly pid: number; readonly comm: string };
    hasUserMemory(cpu: Cpu): boolean;
  };
  /** The kernel's version, whether warnings cause a panic, and who is told of a timeout. */
  readonly options: {
    readonly version: string;
    readonly panicOnWarn: boolean;
    readonly onTimeout?: (site: TimeoutSite) => void;
  };
  /** Counters shared by all CPUs. */
  readonly counters: Counters;
  /** The console's lock, held while related lines are printed. */
  readonly locks: { readonly console: SpinLock };
  /** The machine's clock. */
  readonly clock: Clock;
  /** The kernel log. */
  readonly printk: Printk;
  /** What `%p` prints. */
  readonly pointerHash: { of(address: bigint): bigint };
  /** The wording of the log. */
  readonly style: ReportStyle;
  /** The wording of the kernel's messages. */
  readonly words: KernelWords;
  /** The shadow's layout. */
  readonly shadow: ShadowLayout;
  /** The page tables. */
  readonly space: AddressSpace;
  /** The page tables, in units of the kernel's pages. */
  readonly kernelPages: KernelPages;
  /** Accesses memory through the CPU's TLBs. */
  readonly mmu: Mmu;
  /** Whether a KUnit test is running; it may provoke warnings. */
  readonly tests: { readonly inTest: boolean };
  /** Whether KASAN is on, and whether it has shadow. */
  readonly kasan: { readonly enabled: boolean; readonly hasShadow: boolean };
}

/** A variable that guests use and nothing provides. */
export interface MissingVariable {
  /** Its name. */
  readonly name: string;
  /** What is known of it; may be empty. */
  readonly where: string;
}

/** Where a CPU was when the guest's time was up. */
export interface TimeoutSite {
  /** The running task. */
  readonly task: {
    /** Its process id. */
    readonly pid: number;
    /** Its name. */
    readonly comm: string;
  };
  /** Number of the CPU. */
  readonly cpu: number;
  /** The function it was in; absent if no guest code ran. */
  readonly frame?: StackFrame;
}

/** Prints oopses, warnings and panics as the kernel does, and stops the guest where the kernel would not continue. */
export class Oops {
  private readonly machine: OopsParts;

  constructor(machine: OopsParts) {
    this.machine = machine;
  }

  /** Taints set so far. */
  get taints(): Taint[] {
    const bits = this.machine.counters.get("taints");
    return TAINTS.flatMap(([name], i) => (bits & (1 << i) ? name : []));
  }

  /** Sets a taint. */
  taint(reason: Taint): void {
    this.machine.counters.or("taints", 1 << TAINTS.findIndex(([name]) => name === reason));
  }

  /** Number of warnings printed, excluding those during KUnit tests, which may provoke them. */
  get warnings(): number {
    return this.machine.counters.get("warnings");
  }

  /**
   * Set while the kernel boots: told why a function of the boot cannot go on, which is not printed then. The boot goes on. `waits`: it
   * stays in a queue of those that wait, with what it has on its stack.
   */
  onBootEnd: ((why: string, waits: boolean) => void) | undefined;

  /** Whether some of the boot did not run to its end: what comes after it may find pointers that nobody has set. */
  bootIsIncomplete = false;

  /** Finds the variable that nothing provides and that seems to be at an address. */
  missingVariable: (address: bigint) => MissingVariable | undefined = () => undefined;

  /** Whether a task other than the first died of an oops outside KUnit tests. */
  get taskDied(): boolean {
    return this.machine.counters.get("taskDied") !== 0;
  }

  private print(lines: readonly ReportLine[]): void {
    const { printk, clock, locks } = this.machine;
    locks.console.acquire();
    printk.lines(lines, () => clock.advance(10_000));
    locks.console.release();
  }

  /** The guest's current location. `via`: kernel functions that it called, innermost first. `inside`: functions of it that do not count. */
  private site(via: readonly string[] = [], inside = 0): CrashSite {
    const { cpu, symbols, stacks, tasks, options } = this.machine;
    const words = stacks.words(cpu, symbols.returnWords(...via)).subarray(inside);
    const at = (depth: number) => frameOfWord(this.machine, words[depth] ?? 0);
    return {
      task: tasks.current(cpu),
      machine: { cpu: cpu.id, taint: this.taints, release: options.version, build: "#1" },
      registers: { ip: at(0), lr: at(1), sp: cpu.stackPointer },
      callTrace: framesOf(this.machine, words),
      modules: symbols.modules,
    };
  }

  private die(cause: OopsCause, site: CrashSite): never {
    const kasan = this.machine.kasan.enabled ? ["KASAN"] : [];
    const others = "registers" in cause ? cause.registers : undefined;
    const registers = others ? { ...site.registers, others } : site.registers;
    const count = this.machine.counters.add("oopses", 1) + 1;
    // Console probes are not called: they would run on a possibly broken machine.
    const { printk, style } = this.machine;
    printk.untraced(() =>
      this.print(renderOops({ ...site, registers, cause, count, config: ["PREEMPT", "SMP", ...kasan] }, style)),
    );
    this.taint("DIE");
    throw new GuestStopped("oops");
  }

  /** Handles an access that the page tables do not permit. `via`: kernel functions that made it. */
  pageFault(fault: Fault, via: readonly string[] = []): never {
    const { address } = fault;
    // Below the stack is a guard page; a large frame may reach past it.
    if (this.isGuardPage(address)) this.stackOverflow(address);
    this.fault(fault, this.site(via));
  }

  /** Prints a fault in the wording of the architecture's kernel. */
  private fault(fault: Fault, site: CrashSite): never {
    this.refuseAddress(fault.address);
    const { space, words, tasks, cpu } = this.machine;
    const explanation = space.explain(fault.address);
    const shadowFault = this.shadowFaultOf(fault.address);
    const mm = tasks.hasUserMemory(cpu);
    this.die(words.fault(fault, { explanation, mm, ...(shadowFault && { shadowFault }) }), site);
  }

  /** If an address may be shadow, returns what it tells about the check that read it. */
  private shadowFaultOf(address: bigint): ShadowFault | undefined {
    const { shadow, architecture, options, kasan } = this.machine;
    if (!kasan.hasShadow) return undefined;
    return explainShadowFault(shadow, address, architecture.layout.taskSizeMax, parseVersion(options.version));
  }

  /** Determines the fault of an access by walking the page tables. */
  private faultAt(address: bigint, access: number): Fault {
    const { mmu, architecture } = this.machine;
    // The walk finds the cause. If it finds none, the address is mapped but holds unexpected contents.
    mmu.translate(vpnOf(address), access, TlbKind.DATA, offsetOf(address));
    const { fault } = mmu;
    fault.access = access;
    fault.vpn = vpnOf(address);
    fault.offset = offsetOf(address);
    if (architecture.root(fault.vpn) < 0) fault.reason = "non-canonical";
    return fault;
  }

  /** Whether an address, or the memory that a shadow address describes, is just below the current stack. */
  private isGuardPage(address: bigint): boolean {
    const { cpu, shadow } = this.machine;
    if (cpu.stackLow === 0n) return false;
    const memory = isShadow(shadow, address) ? (address - shadow.offset) << BigInt(shadow.scaleShift) : address;
    const { kernelPages } = this.machine;
    const page = kernelPages.pageOf(BigInt.asUintN(64, memory));
    return page === kernelPages.pageOf(cpu.stackLow) - 1 || cpu.stackPointer < cpu.stackLow;
  }

  /** Handles a stack overflow. `address`: the address below the stack's end that was accessed. */
  stackOverflow(address = this.machine.cpu.stackPointer): never {
    const { stackLow: begin, stackHigh: end } = this.machine.cpu;
    this.die({ kind: "stack-guard", address, begin, end }, this.site());
  }

  /** Handles an instruction that the CPU refuses. */
  exception(name: ExceptionName): never {
    this.die({ kind: "exception", name: this.machine.words.exceptions[name] }, this.site());
  }

  /** Handles a call through a pointer that does not point to a function. */
  badCall(target: bigint): never {
    const site = this.site();
    const registers = { ...site.registers, ip: { address: target, reliable: true } };
    this.fault(this.faultAt(target, Access.EXECUTE), { ...site, registers });
  }

  /** Handles an invalid pointer passed to a kernel function: the access it would make faults. */
  badPointer(address: bigint, via: string): never {
    this.fault(this.faultAt(address, Access.READ), this.site([via]));
  }

  /** Handles an address outside the direct map, which has no page for kfree and similar functions to look up. */
  notDirectMap(low: number, high: number, via: string): never {
    const { layout, pageShift } = this.machine.architecture;
    const pfn = BigInt.asIntN(64, join(low, high) - layout.pageOffset) >> BigInt(pageShift);
    const descriptor = BigInt.asUintN(64, layout.vmemmap + pfn * 64n + 8n);
    this.fault(this.faultAt(descriptor, Access.READ), this.site([via]));
  }

  /** Implements BUG(). */
  bug(file: string, line: number): never {
    this.die({ kind: "bug", file, line }, this.site());
  }

  /** Implements WARN(), at a location given by the guest or by the kernel function it called (`via`). */
  warn(file: string, line: number, message?: string, via: readonly string[] = [], inside = 0): void {
    this.print(
      renderWarning({ ...this.site(via, inside), file, line, ...(message && { message }) }, this.machine.style),
    );
    this.countWarning();
    this.taint("WARN");
    if (this.machine.options.panicOnWarn) this.panic("kernel: panic_on_warn set ...");
  }

  /** Warns about freeing a page that is free, or not the allocator's. */
  badPageFree(physical: number, via: string): void {
    const task = this.machine.tasks.current(this.machine.cpu);
    const pfn = Math.floor(physical / this.machine.kernelPages.size);
    this.print([
      { level: ERR, text: `BUG: Bad page state in process ${task.comm}  pfn:${pfn.toString(16).padStart(5, "0")}` },
    ]);
    this.dumpStack([via]);
    this.taint("BAD_PAGE");
    this.countWarning();
  }

  private countWarning(): void {
    if (!this.machine.tests.inTest) this.machine.counters.add("warnings", 1);
  }

  /** Warns about vfree of an address at which no area starts. */
  badVfree(address: bigint, name: string): void {
    const aligned = this.machine.kernelPages.isAligned(Number(address & 0xffffffffn));
    const text = !aligned
      ? `Trying to vfree() bad address (${formatAddress(address)})`
      : `Trying to vfree() nonexistent vm area (${formatAddress(address)})`;
    this.warn("mm/vmalloc.c", aligned ? 3370 : 3285, text, [name]);
  }

  /**
   * Warns about kmem_cache_free to the wrong cache. 7.2 warns once, and does not free the object; 6.12 frees it into its own cache.
   *
   * @returns what becomes of the object
   */
  wrongCache(expected: string, actual: string, object: bigint): "kept" | "freed" {
    const { counters, pointerHash, style } = this.machine;
    if (!atLeast(style.version, 7, 2)) {
      const message = `cache_from_obj: Wrong slab cache. ${expected} but object is from ${actual}`;
      this.warn("mm/slub.c", 4611, message, ["kmem_cache_free"]);
      return "freed";
    }
    if (counters.get("wrongCache") === 0) {
      counters.set("wrongCache", 1);
      const message = `kmem_cache_free(${expected}, ${formatAddress(pointerHash.of(object))}): object belongs to different cache ${actual}`;
      this.warn("mm/slub.c", 6500, message, ["warn_free_bad_obj", "kmem_cache_free"]);
    }
    return "kept";
  }

  /** Warns about kmem_cache_destroy of a cache in use. */
  objectsRemain(name: string): void {
    const caller = this.site().callTrace[0];
    const from = caller ? ` when called from ${formatFrame(caller)}` : "";
    const message = `kmem_cache_destroy ${name}: Slab cache still has objects${from}`;
    this.warn("mm/slab_common.c", 528, message, ["kmem_cache_destroy"]);
  }

  /** Prints errors while locks are held that console probes must not wait for. */
  errors(texts: readonly string[]): void {
    this.machine.printk.untraced(() => this.print(texts.map((text) => ({ level: ERR, text }))));
  }

  /** Warns about a corrupt slab. `line`: of mm/slub.c. */
  corruptSlab(line: number, via: readonly string[]): void {
    this.taint("BAD_PAGE");
    this.machine.printk.untraced(() => this.warn("mm/slub.c", line, undefined, via));
  }

  /** Implements dump_stack(). */
  dumpStack(via: readonly string[] = []): void {
    const { words, style } = this.machine;
    this.print(renderDumpStack(this.site([...words.dumpStack, ...via]), style));
  }

  /** Ends the guest, which calls a function that nothing provides. `where`: what is known of it. */
  missing(name: string, where: string): never {
    this.stopWithout(`${name}()`, `${name}() is called`, where, [name]);
  }

  /**
   * Ends the guest if an address where nothing is mapped is that of a variable that nothing provides, or that of its shadow. At boot, ends
   * what follows from functions of the boot that have not run to their end.
   */
  refuseAddress(address: bigint): void {
    const { shadow, kasan } = this.machine;
    const memory = kasan.hasShadow ? addressOfShadow(shadow, address) : address;
    const variable =
      this.missingVariable(address) ??
      (shadowOf(shadow, memory) === address ? this.missingVariable(memory) : undefined);
    if (variable) this.stopWithout(variable.name, `the variable ${variable.name} is used`, variable.where);
    if (this.bootIsIncomplete && !hasShadow(shadow, address))
      this.leaveBoot("it uses what is not set up without the above");
  }

  /** Ends the guest, or what it does at boot, for a use of what nothing provides. */
  private stopWithout(what: string, use: string, where: string, via: readonly string[] = []): never {
    this.leaveBoot(`nothing provides ${what}`);
    this.print([{ level: ERR, text: `kasan: ${use}, and nothing provides it${where && `: ${where}`}` }]);
    this.dumpStack(via);
    throw new GuestStopped("missing");
  }

  /** While the kernel boots, ends the function of the boot that runs. `waits`: it would wait for ever. */
  leaveBoot(why: string, waits = false): void {
    if (!this.onBootEnd) return;
    this.onBootEnd(why, waits);
    throw new GuestStopped("missing");
  }

  /** Implements panic(). */
  panic(message: string): never {
    const { words, style } = this.machine;
    const { task, machine, callTrace } = this.site([...words.dumpStack, "panic"]);
    this.print(renderPanic({ message, machine, task, callTrace }, style));
    throw new GuestStopped("panic");
  }

  /** Handles a guest that did not finish in time. Prints its location, as the watchdog would. */
  timeout(seconds: number): never {
    const { options, style } = this.machine;
    const site = this.site();
    this.print(renderSoftLockup(site, Math.round(seconds), style));
    this.taint("SOFTLOCKUP");
    const [frame] = site.callTrace;
    options.onTimeout?.({ task: site.task, cpu: site.machine.cpu, ...(frame && { frame }) });
    throw new GuestStopped("timeout");
  }
}
