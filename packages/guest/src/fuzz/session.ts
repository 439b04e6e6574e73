import {
  Gfp,
  GuestStopped,
  LeakCheck,
  type LeakedObject,
  type LogLine,
  type Machine,
  Snapshot,
  type StopReason,
  type TimeoutSite,
} from "@kasan/kernel";
import type { KasanReport } from "@kasan/report";
import { GuestError } from "../error.ts";
import type { GuestComparison } from "../load/comparison-log.ts";
import type { EdgeCounters } from "../load/edge-counters.ts";
import type { GuestFunction } from "../load/module.ts";
import { type Coverage, readCoverage } from "../run/coverage.ts";
import type { ProgramOptions } from "../run/options.ts";
import { diskOf, type Prepared, prepare } from "../run/prepare.ts";
import { type RunPlan, setUpModule, tearDownModule } from "../run/run.ts";
import { InputWatchdog } from "./input-watchdog.ts";
import { notesOf } from "./notes.ts";
import { connectRegions } from "./regions.ts";
import { FuzzStructure, refusal } from "./structure.ts";

/** What an input made go wrong. */
export interface FuzzFailure {
  /** KASAN's reports, in log order. */
  readonly reports: readonly KasanReport[];
  /**
   * Why the guest was stopped; undefined if it went on. `thread`: it waits for a thread, whose state could not be set back. `machine`: the
   * machine itself could not go on, as when a guest has overwritten what its allocator keeps in RAM.
   */
  readonly stopped: StopReason | "thread" | "machine" | undefined;
  /** What the machine's error was. */
  readonly machineError?: Error;
  /** Where the guest was when its time was up. */
  readonly timeoutSite: TimeoutSite | undefined;
  /** Objects that it allocated, and that are in use at its end; none if nobody asks for them. */
  readonly leaks: readonly LeakedObject[];
  /** Whether it took all of the machine's memory. */
  readonly outOfMemory: boolean;
  /** What the input's execution printed. */
  readonly log: readonly LogLine[];
}

/** What a target did with an input. */
export interface FuzzExecution {
  /** How often each edge was passed, up to 255. It is valid until the next input runs. */
  readonly counters: Uint8Array;
  /** What was compared. It is valid until the next input runs. */
  readonly comparisons: Iterable<GuestComparison>;
  /** What went wrong; undefined if nothing did. */
  readonly failure?: FuzzFailure;
  /** Why the input was not run: it is not encoded as the target's inputs are. */
  readonly refused?: string;
}

/** A program to fuzz: as to run, with nothing about what is called. */
export type FuzzOptions = Omit<ProgramOptions, "run" | "log" | "onEnd" | "locate" | "plugins"> & {
  /** The target's name; by default the only one that there is. */
  readonly target?: string;
  /** Seconds that an input has; above 0. */
  readonly inputTimeout: number;
  /** Seconds that the module's init functions have; 30 by default. */
  readonly setupTimeout?: number;
  /** Whether an input that leaves objects behind, which it allocated, is a failure. Only in generic mode. False by default. */
  readonly leaks?: boolean;
  /** Whether an input begins with the state that the one before it left. False by default: each begins with the snapshot. */
  readonly persistent?: boolean;
};

/** Prefix of the functions that FUZZ_TEST_SIMPLE and FUZZ_TEST make (include/kasan/kfuzztest.h). */
const PREFIX = "kfuzztest_write_";
/** libFuzzer's target (llvm.org/docs/LibFuzzer.html). */
const LIBFUZZER = "LLVMFuzzerTestOneInput";
/** A kernel kills a task to get memory when so few pages are free (mm/page_alloc.c keeps some for itself). */
const FEW_PAGES = 16;
/** Makes the objects of a task (lib/task.c). One that serves interrupts stays when it was first needed. */
const CREATE_TASK = "create_task";
/** The task that fuzzes: it writes an input to a file of debugfs, as KFuzzTest has it. */
const COMM = "kfuzztest";
const BOTTOM = ["ksys_write", "vfs_write", "full_proxy_write"];
/** What kmalloc(0) returns (include/linux/slab.h). */
const ZERO_SIZE_PTR = 16n;
/** Functions of the kernel that find a bad free (mm/kasan/common.c), innermost first. */
const FREES = ["kasan_report_invalid_free", "check_slab_allocation", "kfree"];
/** libFuzzer's initialization, called once before all inputs. */
const INITIALIZE = "LLVMFuzzerInitialize";
/** Seconds that the module's init functions have. */
const SETUP_SECONDS = 30;
/** What the kernel prints for a WARN(). */
const WARNING = "WARNING: ";

/** After so many inputs the machine's TLBs stay as the last one left them: what later ones use is then there from the beginning. */
const KEEPS_TLB: ReadonlySet<number> = new Set([16, 64, 256, 1024, 4096]);

/**
 * A program with a fuzz target, in a machine that is booted once. Each input runs from the same state: that after the module's init
 * functions.
 */
export class FuzzSession {
  /** The name of the target that is called. */
  readonly target: string;
  private readonly prepared: Prepared;
  private readonly machine: Machine;
  private readonly call: GuestFunction;
  private readonly log: LogLine[];
  private readonly snapshot: Snapshot;
  private readonly placedBy: Uint32Array;
  private resets = 0;
  private readonly watchdog: InputWatchdog;
  private readonly counters: readonly EdgeCounters[];
  private readonly merged: Uint8Array | undefined;
  private readonly comparisons: Iterable<GuestComparison>;
  private readonly persistent: boolean;
  private readonly leakCheck: LeakCheck | undefined;
  private leaks: readonly LeakedObject[] = [];
  /** What the target of a FUZZ_TEST takes; undefined for other targets. */
  private readonly structure: FuzzStructure | undefined;
  /** Whether the next input begins with the state that there is. */
  private keeps = false;
  /** Where the last input is, as an offset in the buffer; 0 if it was empty. */
  private object = 0;
  /** The tag of its pointer. */
  private tag = 0;

  private constructor(prepared: Prepared, target: string, log: LogLine[], options: FuzzOptions) {
    const { machine, loader, loaded } = prepared;
    this.prepared = prepared;
    this.machine = machine;
    this.log = log;
    this.target = target;
    this.structure = structureOf(prepared, target);
    this.call = loaded.module.instance.exports[exportOf(target)] as GuestFunction;
    this.counters = [...loader.counters.values()];
    const { comparisons } = prepared;
    this.comparisons = { [Symbol.iterator]: () => comparisons?.read() ?? [][Symbol.iterator]() };
    const edges = this.counters.reduce((sum, { offsets }) => sum + offsets.length, 0);
    this.merged = this.counters.length === 1 ? undefined : new Uint8Array(edges);
    this.clearLogs();
    this.placedBy = machine.symbols.returnWords("kasan_fuzz_input");
    becomeFuzzer(machine);
    this.leakCheck = options.leaks ? new LeakCheck(machine) : undefined;
    this.snapshot = new Snapshot(machine);
    this.watchdog = new InputWatchdog(
      machine.memory.buffer as unknown as SharedArrayBuffer,
      machine.cpu,
      options.inputTimeout,
    );
    this.persistent = options.persistent ?? false;
  }

  /**
   * Compiles a program, boots a machine, runs the module's init functions, and takes the snapshot from which all inputs run.
   *
   * @throws {@link GuestError} as `runProgram()` does; `NO_ENTRY` for a target that there is not, `SETUP` if the init functions go wrong
   */
  static async open(options: FuzzOptions): Promise<FuzzSession> {
    const log: LogLine[] = [];
    const compile = { ...options.compile, coverage: true, comparisons: true };
    const run = { parameters: [], timeout: options.inputTimeout };
    const machine = { ...options.machine, snapshot: true };
    const prepared = await prepare({ ...options, machine, compile, run, log: (line) => void log.push(line) });
    const target = chosen(targetsOf(prepared), options.target);
    const why = setUp(prepared, { ...run, timeout: options.setupTimeout ?? SETUP_SECONDS });
    const { reports } = prepared;
    if (why !== undefined || reports.length > 0) {
      const what = why ?? `KASAN reported ${reports[0].bugType}`;
      throw new GuestError(
        "SETUP",
        `the module cannot be set up: ${what}`,
        `${log.map(({ text }) => text).join("\n")}\n`,
      );
    }
    log.length = 0;
    return new FuzzSession(prepared, target, log, options);
  }

  /** An input as the target takes it, made of any bytes: for a FUZZ_TEST, the encoding of its structure; else the bytes. */
  encode(bytes: Uint8Array): Uint8Array {
    return this.structure?.encode(bytes) ?? bytes;
  }

  /**
   * The bytes that make an input.
   *
   * @throws {@link GuestError} `BAD_INPUT` if it is not encoded as the target's inputs are
   */
  decode(input: Uint8Array): Uint8Array {
    return this.structure?.decode(input) ?? input;
  }

  /** Runs an input. */
  run(input: Uint8Array): FuzzExecution {
    this.begin(this.keeps);
    const layout = this.structure?.layout(input);
    if (typeof layout === "string") {
      this.object = 0;
      return { counters: this.read(), comparisons: this.comparisons, refused: refusal(layout) };
    }
    const pointer = this.place(input);
    const [first, second] = layout
      ? connectRegions(this.machine, layout, pointer, input.length)
      : [pointer, BigInt(input.length)];
    const outcome = this.execute(first, second);
    const counters = this.read();
    const comparisons = this.comparisons;
    const failure = this.failureOf(outcome);
    // What went wrong may have left anything behind.
    this.keeps = this.persistent && failure === undefined;
    return { counters, comparisons, ...(failure && { failure }) };
  }

  /**
   * Runs the module's exit functions, from the state after its init functions.
   *
   * @returns what went wrong; undefined if nothing did
   */
  tearDown(): FuzzFailure | undefined {
    this.begin(false);
    this.keeps = false;
    const { loader, loaded } = this.prepared;
    return this.failureOf(this.watched(() => tearDownModule(loader, loaded)));
  }

  /** What went wrong with code that has run; undefined if nothing did. */
  private failureOf({ stopped, machineError }: Pick<FuzzFailure, "stopped" | "machineError">): FuzzFailure | undefined {
    const { reports, timeouts } = this.prepared;
    const ended = reports.length === 0 && stopped === undefined;
    const leaks = ended ? this.leaks : [];
    const outOfMemory = ended && this.tookAllMemory;
    const warned = this.log.length > 0 && this.log.some(({ text }) => text.startsWith(WARNING));
    if (ended && leaks.length === 0 && !outOfMemory && !warned) return undefined;
    return {
      reports: [...reports],
      stopped,
      timeoutSite: timeouts[0],
      leaks,
      outOfMemory,
      ...(machineError && { machineError }),
      log: [...this.log],
    };
  }

  /** Looks for objects that the input allocated, and that are in use, after what frees objects later has run. That is guest code as well. */
  private findLeaks(check: LeakCheck): void {
    const { guest } = this.machine;
    for (const barrier of ["kvfree_rcu_barrier", "rcu_barrier"]) guest.named(barrier);
    this.leaks = check.find().filter(({ stack }) => !stack.some(({ symbol }) => symbol === CREATE_TASK));
  }

  private get tookAllMemory(): boolean {
    const { buddy } = this.machine;
    return buddy.totalPages - buddy.peakUsedPages < FEW_PAGES;
  }

  /** What the last input printed. */
  get printed(): readonly LogLine[] {
    return this.log;
  }

  /** What of the program the given inputs reach together. */
  async coverage(inputs: Iterable<Uint8Array>): Promise<Coverage> {
    const { loader, options } = this.prepared;
    const sums = this.counters.map(({ offsets }) => new Uint8Array(offsets.length));
    for (const input of inputs) {
      this.run(input);
      this.counters.forEach(({ counts }, i) => {
        counts.forEach((count, edge) => {
          sums[i][edge] = Math.min(255, sums[i][edge] + count);
        });
      });
    }
    for (const [i, { counts }] of this.counters.entries()) counts.set(sums[i]);
    return await readCoverage(loader.counters, options.cache, options.tree?.folder, diskOf(options));
  }

  /** Sets the machine back. @returns whether its state is now that of the snapshot, byte for byte */
  verifyReset(): boolean {
    this.begin(false);
    return this.snapshot.holds;
  }

  /** Ends what goes on besides. */
  close(): void {
    this.watchdog.end();
    this.prepared.threads.end();
  }

  /** Makes ready for guest code: forgets what ran last, and sets the machine back unless its state is kept. */
  private begin(keeps: boolean): void {
    this.clearLogs();
    if (!keeps) this.setBack();
    this.log.length = 0;
    this.leaks = [];
    this.prepared.reports.length = 0;
    this.prepared.timeouts.length = 0;
  }

  private setBack(): void {
    if (KEEPS_TLB.has(++this.resets)) this.snapshot.keepTlb();
    else this.snapshot.restore();
  }

  /** Empties what code logs in pages of its own, which the machine does not note. */
  private clearLogs(): void {
    for (const counters of this.counters) counters.clear();
    this.prepared.comparisons?.clear();
  }

  /** Puts an input into an object of exactly its length. @returns a pointer to it */
  private place(input: Uint8Array): bigint {
    this.object = 0;
    if (input.length === 0) return ZERO_SIZE_PTR;
    const { slab, directMap, kasan, ram } = this.machine;
    const object = slab.kmalloc(input.length, Gfp.KERNEL, this.placedBy);
    if (object === 0)
      throw new GuestError(
        "BAD_INPUT",
        `no memory for an input of ${input.length} bytes; give the machine more (--memory)`,
      );
    this.object = object;
    this.tag = kasan.mode.objects.tagOf(object);
    ram.wrote(object, input.length);
    ram.u8.set(input, object);
    return directMap.pointer(object, this.tag);
  }

  /** Calls the target, and frees the input as whoever wrote it would. @returns why the guest was stopped */
  private execute(first: bigint, second: bigint): Pick<FuzzFailure, "stopped" | "machineError"> {
    return this.watched(() => {
      this.prepared.loader.call(this.call, BigInt.asIntN(64, first), BigInt.asIntN(64, second));
      this.release();
      if (this.leakCheck) this.findLeaks(this.leakCheck);
    });
  }

  /** Runs guest code, which has the time of an input. @returns why the guest was stopped */
  private watched(run: () => void): Pick<FuzzFailure, "stopped" | "machineError"> {
    this.watchdog.begin();
    try {
      run();
      return { stopped: undefined };
    } catch (error) {
      if (error instanceof GuestStopped) return { stopped: error.reason };
      if (error instanceof GuestError && error.code === "NO_THREADS") return { stopped: "thread" };
      // The machine is set back: whatever it was, the next input finds it whole.
      return { stopped: "machine", machineError: error as Error };
    } finally {
      this.watchdog.finish();
      this.machine.printk.flush();
    }
  }

  /** Frees the input: a target that has freed it, or what it leads to, is told of by KASAN. */
  private release(): void {
    if (this.object === 0) return;
    const { slab, kasan, directMap } = this.machine;
    const result = slab.free(this.object, this.placedBy, this.tag);
    if (result === "freed") return;
    const bug = result === "not-allocated" ? "invalid-free" : result;
    kasan.reportFree(directMap.pointer(this.object, this.tag), bug, FREES);
  }

  /** The counters of all modules, one after the other. */
  private read(): Uint8Array {
    if (!this.merged) return this.counters[0].counts;
    let at = 0;
    for (const { counts } of this.counters) {
      this.merged.set(counts, at);
      at += counts.length;
    }
    return this.merged;
  }
}

/** Call stacks of inputs do not begin where the module was loaded. */
function becomeFuzzer({ tasks, cpu, words: { entry, syscall } }: Machine): void {
  tasks.become(cpu, COMM, [...entry, `${syscall}write`, ...BOTTOM]);
}

/** Runs the module's init functions, and libFuzzer's. @returns why they failed */
function setUp({ machine, loader, loaded }: Prepared, plan: RunPlan): string | undefined {
  const buffer = machine.memory.buffer as unknown as SharedArrayBuffer;
  const watchdog = new InputWatchdog(buffer, machine.cpu, plan.timeout);
  watchdog.begin();
  try {
    const why = setUpModule(loader, loaded, plan);
    const initialize = loaded.module.instance.exports[INITIALIZE] as GuestFunction | undefined;
    if (why === undefined && initialize) loader.call(initialize, ...noArguments(machine));
    return why;
  } catch (error) {
    if (error instanceof GuestStopped) return `${INITIALIZE}() was stopped: ${error.reason}`;
    throw withoutThreads(error);
  } finally {
    watchdog.finish();
    watchdog.end();
  }
}

/** Pointers to a count of arguments that is 0, and to an empty list of them. */
function noArguments({ slab, symbols, directMap, kasan, guestMemory }: Machine): [bigint, bigint] {
  const object = slab.kmalloc(32, Gfp.KERNEL | Gfp.ZERO, symbols.returnWords("kasan_fuzz_input"));
  const count = directMap.pointer(object, kasan.mode.objects.tagOf(object));
  const list = BigUint64Array.of(BigInt.asUintN(64, count + 16n));
  guestMemory.write(count + 8n, new Uint8Array(list.buffer));
  return [BigInt.asIntN(64, count), BigInt.asIntN(64, count + 8n)];
}

/** Threads cannot be set back: there are none, and what waits for one is told so. */
function withoutThreads(error: unknown): unknown {
  if (!(error instanceof GuestError && error.code === "NO_THREADS")) return error;
  return new GuestError(
    "SETUP",
    "the program waits for a thread, whose state cannot be set back; leave that out of what is fuzzed",
  );
}

/** The structure that a FUZZ_TEST takes; undefined for other targets. */
function structureOf({ loaded }: Prepared, target: string): FuzzStructure | undefined {
  const notes = notesOf(loaded.module.wasm);
  const own = notes.find(({ kind, name }) => kind === "target" && name === target);
  return own && new FuzzStructure(own, notes);
}

/** The names of a program's targets: those of FUZZ_TEST_SIMPLE and FUZZ_TEST, and `LLVMFuzzerTestOneInput`. */
function targetsOf({ loaded }: Prepared): string[] {
  return loaded.module.functions
    .filter((name) => name === LIBFUZZER || name.startsWith(PREFIX))
    .map((name) => (name === LIBFUZZER ? name : name.slice(PREFIX.length)));
}

const exportOf = (target: string): string => (target === LIBFUZZER ? target : `${PREFIX}${target}`);

function chosen(targets: readonly string[], wanted: string | undefined): string {
  if (wanted !== undefined && targets.includes(wanted)) return wanted;
  const list = targets.join(", ");
  if (wanted !== undefined)
    throw new GuestError(
      "NO_ENTRY",
      `no fuzz target ${wanted}; there ${targets.length === 0 ? "is none" : `are: ${list}`}`,
    );
  if (targets.length === 1) return targets[0];
  throw new GuestError(
    "NO_ENTRY",
    targets.length === 0
      ? `nothing to fuzz: no FUZZ_TEST_SIMPLE(), no FUZZ_TEST(), no ${LIBFUZZER}()`
      : `several fuzz targets; choose one with --target: ${list}`,
  );
}
