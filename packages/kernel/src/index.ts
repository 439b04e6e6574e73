/**
 * The machine that guests run on: boot, page and slab allocators, vmalloc space, quarantine, stack depot, tasks, the
 * kernel log, and the KASAN runtime.
 *
 * @packageDocumentation
 */

export { Execmem, FUNCTION_POINTER_BYTES } from "./boot/execmem.ts";
export * from "./boot/memory-map.ts";
export { checkOptions, MAX_CPUS, type MachineOptions } from "./boot/options.ts";
export * from "./boot/page-shadow.ts";
export * from "./boot/parameters.ts";
export * from "./boot/record.ts";
export { EarlyShadow, type ShadowBacking, type ShadowPart } from "./boot/shadow.ts";
export * from "./boot/shadow-backend.ts";
export * from "./boot/unused-shadow.ts";
export * from "./callstack.ts";
export * from "./clock.ts";
export * from "./console/format.ts";
export * from "./console/printk.ts";
export * from "./counters.ts";
export * from "./cpu.ts";
export * from "./depot.ts";
export * from "./dialect.ts";
export * from "./entries.ts";
export * from "./error.ts";
export * from "./guest-interface.ts";
export * from "./guest-memory.ts";
export * from "./kasan/direct-shadow.ts";
export * from "./kasan/globals.ts";
export * from "./kasan/kasan.ts";
export * from "./kasan/mechanisms.ts";
export * from "./kasan/mte.ts";
export * from "./kasan/page-shadow.ts";
export * from "./kasan/paged-shadow.ts";
export * from "./kasan/quarantine.ts";
export * from "./kasan/slab-hooks.ts";
export * from "./kasan/stack-frame.ts";
export * from "./kasan/stack-ring.ts";
export * from "./kasan/tag-slab.ts";
export * from "./kasan/tags.ts";
export * from "./kasan/track.ts";
export * from "./kunit.ts";
export * from "./lock.ts";
export * from "./machine.ts";
export * from "./names.ts";
export * from "./oops.ts";
export * from "./pages/buddy.ts";
export * from "./pages/gfp.ts";
export * from "./pages/kernel-pages.ts";
export * from "./pages/page.ts";
export * from "./pages/per-cpu-pages.ts";
export * from "./percpu.ts";
export * from "./plan/index.ts";
export * from "./rcu.ts";
export * from "./run-task.ts";
export * from "./schedule.ts";
export * from "./services/index.ts";
export * from "./slab/cache.ts";
export * from "./slab/layout.ts";
export * from "./slab/service.ts";
export * from "./slab/sizes.ts";
export * from "./slab/slub.ts";
export type { MachineStatistics } from "./statistics.ts";
export * from "./symbols.ts";
export * from "./tasks.ts";
export * from "./vmallocinfo.ts";
