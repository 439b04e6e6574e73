import type { StackFrame } from "../frame.ts";
import type { CallTraceFields } from "../sections/call-trace.ts";
import type { TitleFields } from "../sections/title.ts";
import { isSkippedFrame } from "../title/title.ts";

/** The allocator's own functions, above those that called it. */
const ALLOCATOR =
  /^(?:save_stack|set_track|poison_|_*kasan_(?!.*(?:test|oob|uaf))|slab_|_+slab|_+k?[mzvc]*alloc(?:_|$)|k[mzvc]*alloc(?:_(?:node|noprof|trace|cache|array|large|order)\w*)?$|_+kmalloc|_+kmem|kmem_cache|_+do_k|do_slab|alloc_debug_processing|free_debug_processing|tree_|kv?z?free(?:_rcu)?$|_+free|set_free_info|save_free_info|stack_trace_save|krealloc\w*$|_+do_krealloc)/;
/** The page allocator's, above those that called it. */
const PAGE_ALLOCATOR =
  /^(?:save_stack|_*(?:re)?set_page_owner|post_alloc_hook|prep_new_page|get_page_from_freelist|_*alloc_(?:pages|frozen|page|contig)\w*|_*folio_alloc\w*|alloc_page\w*|_*get_free_page\w*|free_pages_prepare|free_pcp_prepare|free_unref_\w+|_*free_pages?(?:_ok|_core)?|_*free_frozen_pages|_*folios?_put\w*|release_pages|stack_trace_save)(?:$|\.)/;
/** What runs RCU callbacks, around them. */
const RCU = /^(?:_*rcu_|srcu_|kfree_rcu_|kvfree_rcu_|tree_|invoke_rcu_)/;
const RCU_RUNS =
  /^(?:rcu_do_batch|rcu_process_callbacks|_*rcu_process_callbacks|rcu_core(?:_si)?|rcu_nocb\w*|nocb_cb_wait|srcu_invoke_callbacks|rcu_tasks_invoke_cbs|invoke_rcu_core)(?:$|\.)/;
const RCU_FREES =
  /^(?:kfree_rcu_(?:work|monitor|drain)|kvfree_rcu_(?:bulk|list)|kvfree_rcu_drain|_*rcu_reclaim|rcu_reclaim_tiny)/;
/** What runs interrupts and their later halves, around the functions that they run. */
const INTERRUPT =
  /^(?:_*do_softirq|handle_softirqs|_*irq_exit(?:_rcu)?|invoke_softirq|(?:generic_)?handle_(?:domain_)?irq\w*|handle_irq_event\w*|_*handle_irq_event\w*|common_interrupt|_*common_interrupt|do_IRQ|el[01]_interrupt|gic_handle_irq|sysvec_\w+|_*sysvec_\w+|smp_apic_timer_interrupt|flush_smp_call_function_queue)(?:$|\.)/;
/** Threads that run such halves as tasks of their own. */
const INTERRUPT_THREAD = /^(?:run_ksoftirqd|smpboot_thread_fn|irq_thread\w*|run_ktimerd)(?:$|\.)/;
/** KASAN's and the fault handler's own functions on top of a trace. */
const REPORTING =
  /^(?:_*dump_stack\w*|show_stack|dump_backtrace|unwind_backtrace|print_address_description|_*print_report|end_report|_*(?:kasan|asan|hwasan)_(?!.*(?:test|oob|uaf))\w+|check_memory_region\w*|check_region_inline|_*do_kernel_fault|do_bad_area|do_tag_check_fault|do_mem_abort|el1_abort|el1h_64_sync\w*)(?:$|\.)/;

const named = (frames: readonly StackFrame[] | undefined) =>
  (frames ?? []).filter(({ symbol }) => symbol !== undefined);
const matches = (pattern: RegExp, { symbol = "", module }: StackFrame) => module === undefined && pattern.test(symbol);

/** The function that asked for an object, or freed it. */
export function userOf(frames: readonly StackFrame[] | undefined): StackFrame | undefined {
  return named(frames).find((frame) => !matches(ALLOCATOR, frame) && !matches(RCU, frame));
}

/** The function that asked for a page, or freed it. */
export function pageUserOf(frames: readonly StackFrame[] | undefined): StackFrame | undefined {
  return named(frames).find((frame) => !matches(PAGE_ALLOCATOR, frame));
}

/** The function that queued work or a callback, and what it queued. */
export function queuerOf(frames: readonly StackFrame[]): {
  readonly what: "work" | "an RCU callback" | "task work" | "work or a callback";
  readonly by?: StackFrame;
} {
  const names = named(frames).map(({ symbol = "" }) => symbol);
  const some = (pattern: RegExp) => names.some((name) => pattern.test(name));
  const what = some(/^(?:insert_work|_*queue_(?:delayed_)?work|mod_delayed_work)/)
    ? "work"
    : some(/call_(?:s?rcu|rcu_\w+)|_*call_rcu/)
      ? "an RCU callback"
      : some(/^task_work_add/)
        ? "task work"
        : "work or a callback";
  const by = named(frames).find(
    (frame) =>
      !isSkippedFrame(frame.symbol!) &&
      !matches(/call_s?rcu|save_stack|record_aux|^(?:insert_work|_*queue_|mod_delayed_work|task_work_add)/, frame),
  );
  return { what, ...(by && { by }) };
}

/** How RCU ran a stack: in a callback of the kernel's, or by freeing what `kfree_rcu()` gave it. `undefined` if it did not. */
export function rcuRunOf(frames: readonly StackFrame[] | undefined): { readonly callback?: StackFrame } | undefined {
  const all = named(frames);
  const at = all.findIndex((frame) => matches(RCU_RUNS, frame) || matches(RCU_FREES, frame));
  if (at < 0) return undefined;
  const inner = all.slice(0, at).reverse();
  const callback = inner.find((frame) => !matches(ALLOCATOR, frame) && !matches(RCU, frame));
  return callback ? { callback } : {};
}

/** Whether a stack ran in an interrupt or in its later half, so that the task is just the one that it came upon. */
export function isInInterrupt(frames: readonly StackFrame[] | undefined): boolean {
  const all = named(frames);
  if (all.some((frame) => matches(INTERRUPT_THREAD, frame))) return false;
  return /IRQ|NMI/.test(all[0]?.stack ?? "") || all.some((frame) => matches(INTERRUPT, frame));
}

/** Whether a stack is known to have run in its task, so that the task's number says something. */
export function isInTask(frames: readonly StackFrame[] | undefined): boolean {
  return named(frames).length > 0 && !isInInterrupt(frames);
}

/** The frames of the access, innermost first, without those that reported it and those that may be stale. */
export function accessPath({ callTrace, function: place, form }: CallTraceFields & TitleFields): StackFrame[] {
  const sure = named(callTrace).filter(({ reliable }) => reliable);
  const at = sure.findIndex(({ symbol }) => symbol === place?.symbol);
  if (at >= 0) return sure.slice(at);
  const reporting = sure.map((frame) => matches(REPORTING, frame)).lastIndexOf(true);
  const path = sure.slice(reporting + 1);
  // Where an oops happened is above its trace.
  return form === "oops" && place?.symbol !== undefined ? [place, ...path] : path;
}

/** A function that is on two stacks, where it called what is above it. */
export interface SharedFrame {
  /** On the stack of the access. */
  readonly use: StackFrame;
  /** On the stack of the free. */
  readonly free: StackFrame;
}

/** Functions that run anybody's code: two stacks that meet there have little in common. */
const DISPATCHERS =
  /^(?:process_(?:one_work|scheduled_works)|worker_thread|kthread|ret_from_fork\w*|_*do_sys\w*|do_syscall\w*|entry_SYSCALL\w*|_*(?:x64|ia32|arm64|se)_sys\w*|invoke_syscall|el0\w*|_*do_softirq|handle_softirqs|_*irq_exit\w*|task_work_run|_*fput|vfs_\w+|ksys_\w+|_*sys_\w+|exit_to_user\w*|syscall_\w+|do_exit|do_group_exit|get_signal|call_timer_fn|_*run_timers?\w*|run_timer_softirq|hub_event|system_call\w*|kunit_\w+)(?:$|\.)/;

/** The innermost function on the stacks of both the access and the free, if it does more than run anybody's code. */
export function sharedFrame(
  path: readonly StackFrame[],
  freed: readonly StackFrame[] | undefined,
): SharedFrame | undefined {
  const frees = named(freed).filter((frame) => !matches(ALLOCATOR, frame));
  for (const use of path) {
    if (matches(DISPATCHERS, use)) return undefined;
    const free = frees.find(({ symbol, module }) => symbol === use.symbol && module === use.module);
    if (free) return { use, free };
  }
  return undefined;
}
