// biome-ignore-all assist/source/organizeImports: in groups, by what they are for

/**
 * The machine that guests run on: boot, page and slab allocators, vmalloc space, quarantine, stack depot, tasks, the kernel log,
 * and the KASAN runtime. The classes of its parts are in `@kasan/kernel/parts`.
 *
 * @packageDocumentation
 */

// The machine: building it, what it says of itself, and how it ends.
export { Machine } from "./boot/machine.ts";
export { checkOptions, MAX_CPUS, type MachineOptions } from "./boot/options.ts";
export { Snapshot } from "./boot/snapshot.ts";
export type { MachineStatistics } from "./boot/statistics.ts";
export { GuestStopped, KernelError, type KernelErrorCode, STOP_WORDS, type StopReason } from "./error.ts";
export type { ClockKind } from "./smp/clock.ts";

// What a machine would need, computed without its RAM.
export * from "./plan/index.ts";

// KASAN: modes, boot parameters, mechanisms, leaks.
export { BOOT_PARAMETER_NAMES, bootParameters } from "./kasan/boot-parameters.ts";
export { MECHANISMS, type Mechanism, type MechanismDescription } from "./kasan/generic/mechanisms.ts";
export type { MemoryDescription } from "./kasan/report/build.ts";
export { LeakCheck, type LeakedObject } from "./kasan/leaks.ts";
export { type MissCause, type MissedAccess, missesOf, missText } from "./kasan/misses.ts";
export { MODE_NAMES, MODES, modeNamed } from "./kasan/modes/index.ts";
export type { CompileChoice, CompileRules, Mode, ModeName, TagTraits } from "./kasan/modes/mode.ts";
export { type BootParameters, DEFAULT_BOOT_PARAMETERS, type TagCheckMode } from "./kasan/parameters.ts";
export { TAG_GRANULE } from "./kasan/tags/tags.ts";

// The kernel's functions, and what they tell: KUnit's results, vmalloc areas.
export { kernelFunctions } from "./api/functions/index.ts";
export type { MemoryEvent, MemorySink } from "./api/memory-events.ts";
export { type KernelFunction, type KernelFunctions, kernelFunction } from "./api/signature.ts";
export type { TestCase, TestEvent, TestStatus, TestSuite } from "./api/test-log.ts";
export { formatVmallocInfo, type VmallocInfo, vmallocInfo } from "./api/vmallocinfo.ts";

// The log, and the names of addresses in it.
export { addressOfWord } from "./log/call-stacks.ts";
export type { TimeoutSite } from "./log/oops.ts";
export { formatLogLine, type LogLine, type LogSink } from "./log/printk.ts";
export type { FoundSymbol, SymbolPlace, SymbolSource } from "./log/symbols.ts";

// Memory: flags of allocations, pages and their descriptors.
export { Gfp } from "./mm/gfp.ts";
export { join } from "./mm/guest-memory.ts";
export { KernelPages } from "./mm/kernel-pages.ts";
export { PGTY_BUDDY, PGTY_SLAB } from "./mm/page-descriptors.ts";
export { PAGE_LAYOUT, PAGE_LAYOUT_VALUES, type PageLayout, pageLayoutOf } from "./mm/page-layout.ts";
export type { Zeroing } from "./mm/zeroing.ts";

// For loaders of guests: entries, code memory, CPUs, tasks and their threads.
export { guestEntries } from "./api/entries.ts";
export * from "./api/guest-interface.ts";
export { FREE_META_BYTES } from "./kasan/generic/slab-hooks.ts";
export { INLINE_TAGS } from "./kasan/modes/sw-tags.ts";
export { FUNCTION_POINTER_BYTES } from "./mm/execmem.ts";
export type { GuestCalls } from "./sched/guest-calls.ts";
export { runTask } from "./sched/run-task.ts";
export type { TaskThreads } from "./sched/scheduler.ts";
export { threadSize } from "./sched/task-stacks.ts";
export { MAX_TASKS } from "./sched/tasks.ts";
export { BOOT_RECORD_BYTES, BootRecord } from "./smp/boot-record.ts";
export { type Cpu, type CpuLayout, Interrupt } from "./smp/cpu.ts";
export { SpinLock } from "./smp/lock.ts";

// Shadow over page tables, for running the code that ships elsewhere.
export { type PageShadowParts, pageBackend, translatePatiently } from "./kasan/shadow/by-page-backend.ts";
export type { PageShadowStatistics } from "./kasan/shadow/by-page.ts";
export { EarlyShadow } from "./kasan/shadow/early.ts";
export type { ShadowBacking } from "./kasan/shadow/parts.ts";
export { UnusedShadow } from "./kasan/shadow/unused.ts";
export { type ShadowParts, schemeOverTables } from "./kasan/shadow/vmalloc-backend.ts";
