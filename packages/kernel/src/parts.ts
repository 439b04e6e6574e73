/**
 * The parts of a `Machine` of `@kasan/kernel`, for inspecting a machine or using a part alone. They change with the machine; the
 * stable API for other packages is `@kasan/kernel`.
 *
 * @packageDocumentation
 */

export * from "./api/entries.ts";
export * from "./api/functions/index.ts";
export * from "./api/guest-interface.ts";
export * from "./api/signature.ts";
export * from "./api/test-log.ts";
export * from "./api/vmallocinfo.ts";
export * from "./boot/machine.ts";
export * from "./boot/memory-map.ts";
export { checkOptions, MAX_CPUS, type MachineOptions } from "./boot/options.ts";
export type { MachineStatistics } from "./boot/statistics.ts";
export * from "./error.ts";
export * from "./kasan/boot-parameters.ts";
export * from "./kasan/generic/mechanisms.ts";
export * from "./kasan/generic/quarantine.ts";
export * from "./kasan/generic/slab-hooks.ts";
export * from "./kasan/globals.ts";
export * from "./kasan/incident.ts";
export * from "./kasan/kasan.ts";
export * from "./kasan/modes/index.ts";
export * from "./kasan/modes/mode.ts";
export { INLINE_TAGS } from "./kasan/modes/sw-tags.ts";
export * from "./kasan/parameters.ts";
export * from "./kasan/shadow/by-page.ts";
export * from "./kasan/shadow/by-page-backend.ts";
export * from "./kasan/shadow/direct-map.ts";
export * from "./kasan/shadow/early.ts";
export * from "./kasan/shadow/parts.ts";
export * from "./kasan/shadow/unused.ts";
export * from "./kasan/shadow/vmalloc-backend.ts";
export * from "./kasan/tags/mte.ts";
export * from "./kasan/tags/tags.ts";
export * from "./kasan/tracks.ts";
export * from "./log/call-stacks.ts";
export * from "./log/format/format.ts";
export * from "./log/format/pointer.ts";
export * from "./log/format/source.ts";
export * from "./log/printk.ts";
export * from "./log/symbols.ts";
export * from "./log/version-names.ts";
export * from "./mm/buddy.ts";
export { Execmem, FUNCTION_POINTER_BYTES } from "./mm/execmem.ts";
export * from "./mm/gfp.ts";
export * from "./mm/guest-memory.ts";
export * from "./mm/kernel-pages.ts";
export * from "./mm/page-descriptors.ts";
export * from "./mm/page-layout.ts";
export * from "./mm/slab/cache.ts";
export * from "./mm/slab/hooks.ts";
export * from "./mm/slab/slub.ts";
export * from "./plan/index.ts";
export * from "./sched/guest-calls.ts";
export * from "./sched/run-task.ts";
export * from "./sched/scheduler.ts";
export * from "./sched/task-stacks.ts";
export * from "./sched/tasks.ts";
export * from "./smp/boot-record.ts";
export * from "./smp/clock.ts";
export * from "./smp/counters.ts";
export * from "./smp/cpu.ts";
export * from "./smp/lock.ts";
