import type { Marker } from "./announcements.ts";
import { UNKNOWN } from "./crash-type.ts";
import { type FunctionNames, NameSet } from "./names.ts";
import { plainSyscall } from "./skip-frames.ts";
import { type StackReader, trapOf } from "./stack.ts";
import { type Found, Template } from "./template.ts";

/** Finds the functions that can be to blame. Answers `false` if what the message promises is not there. */
type Locator = (stack: StackReader) => unknown;

/** A message that begins the report of a crash. */
export interface CrashMessage {
  /** The part of its first line that announces it. */
  readonly markers: readonly Marker[];
  /** The message. */
  readonly says: { find(line: string): Found | undefined };
  /** Messages that must follow, each on a later line; their words count too. The first repeats the message itself. */
  readonly needs?: readonly CrashMessage["says"][];
  /** The title, and others that the same bug can get: with the message's words, and `{where}` for the function to blame. */
  readonly titles: readonly [string, ...string[]];
  /** The kind of crash, as triage systems count it. KASAN's goes by the title. */
  readonly type: string;
  /** How to find the function to blame. */
  readonly where?: Locator;
  /** Functions that are not to blame for this kind of crash. */
  readonly skip?: FunctionNames;
  /** The crash can be reported without a stack. */
  readonly bare?: boolean;
  /** A crash that is found by this message has lost its beginning. */
  readonly lost?: boolean;
}

const inTrace: Locator = (stack) => stack.trace();
const atPointer: Locator = (stack) => stack.pointer();
const atFault: Locator = (stack) => {
  stack.pointer();
  stack.trace();
};
/** Since 4.11 a warning is a trap, and shows where it was. */
const whereWarned: Locator = (stack) => {
  stack.add(stack.next(trapOf) ?? "");
  stack.frames();
  if (stack.functions.length > 0 && stack.intact) return;
  stack.rewind();
  stack.trace();
};
/** lockdep tells where the lock is taken that closes the circle. */
const lockAfter =
  (...texts: string[]): Locator =>
  (stack) => {
    for (const text of texts) if (!stack.line(text)) return false;
    const place = stack.lockPlace();
    if (place === undefined) return false;
    stack.functions.push(place);
    return true;
  };

const message = (
  marker: Marker | readonly Marker[],
  says: string,
  type: string,
  title: string | readonly [string, ...string[]],
  where?: Locator,
  more: Partial<CrashMessage> = {},
): CrashMessage => ({
  markers: typeof marker === "string" ? [marker] : marker,
  says: new Template(says),
  type,
  titles: typeof title === "string" ? [title] : title,
  ...(where !== undefined && { where }),
  ...more,
});

/** A warning's first line: the file, and the function if it is told. */
const WARNED = /WARNING: .*?([\w./-]+\.[a-z]+):\d+ (?:at )?(?:(\w+)[.+]|0x\d+, CPU#\d)/;

/** Warnings of one file or folder, in functions with such names. */
const warnedIn = (file: string, functions?: RegExp): CrashMessage["says"] => ({
  find(line) {
    const match = WARNED.exec(line);
    if (match === null || !match[1]!.startsWith(file)) return undefined;
    return functions?.test(match[2] ?? "") === false ? undefined : { at: match.index, words: {} };
  },
});
const warning = (
  says: CrashMessage["says"],
  title: string,
  skip: FunctionNames = {},
  type = "WARNING",
): CrashMessage => ({ markers: ["WARNING:"], says, type, titles: [title], where: whereWarned, skip });

const lockdep = (
  says: string,
  title: string,
  where: Locator,
  more: Partial<CrashMessage> = {},
  marker: Marker | readonly Marker[] = ["WARNING:", "INFO:"],
): CrashMessage => message(marker, says, "LOCKDEP", title, where, more);

const LOCK_FUNCTIONS: FunctionNames = { contains: ["spin_", "_lock", "_unlock"] };
const SOCKET_LOCKS: FunctionNames = { contains: ["lock_sock", "release_sock"] };
const RCU_AND_SLAB: FunctionNames = { contains: ["rcu", "kmem", "slab"] };
const OVERFLOW_CHECKS: FunctionNames = { contains: ["ubsan", "overflow"] };
const SCHEDULER: FunctionNames = { contains: ["schedule", "retint_kernel", "bad_stack"] };
const USB_REQUESTS: FunctionNames = {
  contains: ["usb_submit_urb", "usb_start_wait_urb", "usb_bulk_msg", "usb_interrupt_msg", "usb_control_msg"],
};

const BUG_IN = new Template("BUG: {kasan}: {bug} in {function}");
const BAD_FREE_IN = new Template("BUG: {kasan}: {free} in {function}");
const ON_ADDRESS = new Template("BUG: {kasan}: {bug} on address");
const ACCESS = new Template("{access} of size {number}");
const ACCESS_BY_TAG = new Template("{access} at addr {hex}");
const ANY_ACCESS = { find: (line: string) => ACCESS.find(line) ?? ACCESS_BY_TAG.find(line) };

/** The function of the title, and then those of the trace. */
const named =
  (title: Template): Locator =>
  (stack) => {
    stack.add(stack.next((line) => title.find(line))?.words["function"] ?? "");
    stack.trace();
  };

/** mm/kasan/report.c */
const KASAN: readonly CrashMessage[] = [
  message("BUG:", "BUG: {kasan}:", "", ["KASAN: {bug} {access} in {where}", "bad-access in {where}"], named(BUG_IN), {
    needs: [BUG_IN, ANY_ACCESS],
    // If hardware checks tags, the report is made in the exception handler.
    skip: { prefix: ["el1_", "el1h_"], contains: ["kernel_fault", "tag_check", "mem_abort"] },
  }),
  message(
    "BUG:",
    "BUG: {kasan}:",
    "",
    ["KASAN: invalid-free in {where}", "invalid-free in {where}"],
    named(BAD_FREE_IN),
    {
      needs: [BAD_FREE_IN],
      skip: { contains: ["slab_", "kfree", "vunmap", "vfree"] },
    },
  ),
  message("BUG:", "BUG: {kasan}:", "", "KASAN: {bug} {access}", undefined, { needs: [ON_ADDRESS, ACCESS] }),
  message("BUG:", "BUG: {kasan}: {any}", "", "KASAN: {any}", undefined, { lost: true }),
];

/** mm/kfence/report.c */
const KFENCE_BUG = new Template("BUG: KFENCE: {words} in {function}");
const kfenceFrames: Locator = (stack) => {
  stack.add(stack.next((line) => KFENCE_BUG.find(line))?.words["function"] ?? "");
  stack.frames();
};
const kfence = (words: string, type: string, ...alternatives: string[]): CrashMessage =>
  message(
    "BUG:",
    `BUG: KFENCE: ${words} in {function}`,
    type,
    [`KFENCE: ${words} in {where}`, ...alternatives],
    kfenceFrames,
  );
const KFENCE: readonly CrashMessage[] = [
  kfence("use-after-free write", "KFENCE-USE-AFTER-FREE-WRITE", "bad-access in {where}"),
  kfence("use-after-free read", "KFENCE-USE-AFTER-FREE-READ", "bad-access in {where}"),
  kfence("out-of-bounds write", "KFENCE-WRITE", "bad-access in {where}"),
  kfence("out-of-bounds read", "KFENCE-READ", "bad-access in {where}"),
  kfence("invalid write", "KFENCE-WRITE", "bad-access in {where}"),
  kfence("invalid read", "KFENCE-READ", "bad-access in {where}"),
  { ...kfence("invalid free", "KFENCE-INVALID-FREE", "invalid-free in {where}"), bare: true },
  { ...kfence("memory corruption", "KFENCE-MEMORY-CORRUPTION"), bare: true },
];

const PAGING = ["BUG: unable to handle kernel paging request in {where}", "bad-access in {where}"] as const;
const NULL = ["BUG: unable to handle kernel NULL pointer dereference in {where}", "bad-access in {where}"] as const;
const PROTECTION = ["general protection fault in {where}", "bad-access in {where}"] as const;
const BROKEN_LIST = ["BUG: corrupted list in {where}", "bad-access in {where}"] as const;

/** Faults and traps: arch/x86/mm/fault.c, arch/x86/kernel/traps.c, arch/arm64/mm/fault.c, and other architectures' same. */
const FAULTS: readonly CrashMessage[] = [
  message("BUG:", "BUG: unable to handle kernel paging request", "MEMORY_SAFETY_BUG", PAGING, atFault),
  message("BUG:", "BUG: unable to handle page fault for address", "MEMORY_SAFETY_BUG", PAGING, atFault),
  message("BUG:", "BUG: Unable to handle kernel data access", "MEMORY_SAFETY_BUG", PAGING, atFault),
  message("BUG:", "BUG: unable to handle kernel NULL pointer dereference", "NULL-POINTER-DEREFERENCE", NULL, atFault),
  message("BUG:", "BUG: kernel NULL pointer dereference", "NULL-POINTER-DEREFERENCE", NULL, atFault),
  message("BUG:", "BUG: Kernel NULL pointer dereference", "NULL-POINTER-DEREFERENCE", NULL, atFault),
  message("BUG:", "BUG: unable to handle kernel", UNKNOWN, "BUG: unable to handle kernel", undefined, { lost: true }),
  message("Unable to handle kernel", "Unable to handle kernel paging request", "MEMORY_SAFETY_BUG", PAGING, atFault),
  message(
    "Unable to handle kernel",
    "Unable to handle kernel NULL pointer dereference",
    "NULL-POINTER-DEREFERENCE",
    NULL,
    atFault,
  ),
  message(
    "Unable to handle kernel",
    "Unable to handle kernel access to user memory",
    UNKNOWN,
    ["BUG: unable to handle kernel access to user memory in {where}", "bad-access in {where}"],
    atFault,
  ),
  message("general protection fault", "general protection fault{any}:", "DoS", PROTECTION, atFault),
  message("stack segment: ", "stack segment: ", "DoS", "stack segment fault in {where}", atFault),
  message("PANIC: double fault", "PANIC: double fault", "DoS", "PANIC: double fault in {where}", atPointer),
  message("divide error:", "divide error: ", "DoS", "divide error in {where}", atPointer),
  message("divide_error:", "divide_error: ", "DoS", "divide error in {where}", atPointer),
  message("invalid opcode:", "invalid opcode: ", "DoS", "invalid opcode in {where}", atPointer),
  message("Internal error:", "Internal error:", "DoS", ["Internal error in {where}", "bad-access in {where}"], atFault),
  message(
    "Unhandled fault:",
    "Unhandled fault:",
    "DoS",
    ["Unhandled fault in {where}", "bad-access in {where}"],
    atFault,
  ),
];

/** kernel/locking/lockdep.c, and those who ask it: include/linux/rcupdate.h, kernel/locking/spinlock_debug.c. */
const LOCKS: readonly CrashMessage[] = [
  lockdep(
    "possible circular locking dependency detected",
    "possible deadlock in {where}",
    (stack) => {
      if (!stack.line("is trying to acquire lock")) return false;
      // Waiting for work to end counts as taking a lock; whose work it is, the place of the other lock tells.
      stack.add(stack.lockPlace() ?? "");
      stack.add(stack.lockPlace() ?? "");
      stack.frames();
      return true;
    },
    { skip: { contains: ["process_one_work", "flush_workqueue", "drain_workqueue", "destroy_workqueue"] } },
  ),
  lockdep(
    "possible irq lock inversion dependency detected",
    "possible deadlock in {where}",
    lockAfter("just changed the state of lock"),
  ),
  lockdep(
    "possible recursive locking detected",
    "possible deadlock in {where}",
    lockAfter("is trying to acquire lock"),
  ),
  lockdep(
    "-safe -> {any}-unsafe lock order detected",
    "possible deadlock in {where}",
    (stack) => {
      if (!stack.line("which became ")) return false;
      stack.frames();
      return true;
    },
    {},
    "WARNING:",
  ),
  lockdep(
    "-safe -> {any}-unsafe lock order detected",
    "possible deadlock in {where}",
    lockAfter("is trying to acquire"),
    {},
    "INFO:",
  ),
  lockdep("WARNING: inconsistent lock state", "inconsistent lock state in {where}", inTrace, {}, "WARNING:"),
  lockdep("INFO: inconsistent lock state", "inconsistent lock state in {where}", lockAfter("takes"), {}, "INFO:"),
  lockdep(
    "WARNING: suspicious RCU usage",
    "WARNING: suspicious RCU usage in {where}",
    inTrace,
    { skip: RCU_AND_SLAB },
    "WARNING:",
  ),
  lockdep(
    "INFO: suspicious RCU usage",
    "INFO: suspicious RCU usage in {where}",
    inTrace,
    { skip: RCU_AND_SLAB, type: UNKNOWN },
    "INFO:",
  ),
  lockdep(
    "WARNING: {any}still has locks held!",
    "WARNING: still has locks held in {where}",
    lockAfter(),
    {},
    "WARNING:",
  ),
  lockdep("BUG: {any}still has locks held!", "BUG: still has locks held in {where}", lockAfter(), {}, "BUG:"),
  lockdep("WARNING: held lock freed!", "WARNING: held lock freed in {where}", lockAfter(), {}, "WARNING:"),
  lockdep("BUG: held lock freed!", "BUG: held lock freed in {where}", lockAfter(), {}, "BUG:"),
  ...(["WARNING:", "BUG:"] as const).flatMap((marker) => [
    lockdep(
      `${marker} bad unlock balance detected!`,
      `${marker} bad unlock balance in {where}`,
      (stack) => {
        stack.add(stack.lockPlace() ?? "");
        stack.trace();
      },
      {},
      marker,
    ),
    lockdep(
      `${marker} lock held when returning to user space`,
      `${marker} lock held when returning to user space in {where}`,
      lockAfter("leaving the kernel with locks still held"),
      { bare: true, ...(marker === "BUG:" && { type: UNKNOWN }) },
      marker,
    ),
  ]),
  lockdep(
    "WARNING: Nested lock was not taken",
    "WARNING: nested lock was not taken in {where}",
    whereWarned,
    {},
    "WARNING:",
  ),
  lockdep("BUG: Invalid wait context", "WARNING: locking bug in {where}", inTrace, { skip: SOCKET_LOCKS }, "BUG:"),
  ...(["spinlock", "rwlock"] as const).map((lock) =>
    lockdep(
      `BUG: ${lock} {words} on CPU#`,
      `BUG: ${lock} {words} in {where}`,
      inTrace,
      { skip: LOCK_FUNCTIONS },
      "BUG:",
    ),
  ),
  message(
    "INFO:",
    "INFO: trying to register non-static key",
    UNKNOWN,
    "INFO: trying to register non-static key in {where}",
    inTrace,
    { skip: { contains: ["stack", "lock", "IRQ"] } },
  ),
];

/**
 * Functions that dispatch work: system calls, file and socket operations, deferred work, timers, packets. Where code loops
 * for ever, or has used up its stack, is chance: what was handed out stands above the first of these.
 */
const DISPATCHERS = new NameSet({
  exact: ["kthread", "page_fault", "setsockopt", "listen", "accept", "sys_ioctl", "ioctl", "connect", "socketpair"],
  prefix: [
    "call_mmap",
    "sock_",
    "__sock_release",
    "compat_sock_ioctl",
    "nfnetlink_rcv_msg",
    "rtnetlink_rcv_msg",
    "netlink_dump",
  ],
  contains: [
    ...["do_syscall_", "do_fast_syscall_", "el0_svc_handler", "invoke_syscall", "ret_fast_syscall", "exit_to_usermode"],
    ...[
      "process_one_work",
      "task_work_run",
      "ret_from_fork",
      "smpboot_thread_fn",
      "run_ksoftirqd",
      "cpu_startup_entry",
    ],
    ...[
      "do_softirq",
      "call_timer_fn",
      "_run_timers",
      "run_timer_softirq",
      "hrtimer_run",
      "tasklet_action",
      "start_secondary",
    ],
    ...[
      "vfs_read",
      "vfs_write",
      "vfs_iter_",
      "vfs_ioctl",
      "vfs_open",
      "do_iter_",
      "new_sync_",
      "do_dentry_open",
      "__fput",
    ],
    ...[
      "ksys_ioctl",
      "compat_ioctl",
      "compat_sys_ioctl",
      "blkdev_ioctl",
      "do_mmap",
      "mmap_region",
      "do_page_fault",
      "__do_fault",
    ],
    ...[
      "netif_receive_skb",
      "kernel_setsockopt",
      "kernel_accept",
      "kernel_listen",
      "sk_common_release",
      "smp_call_function",
    ],
  ],
});

const handedOut =
  (read: Locator): Locator =>
  (stack) => {
    stack.all = true;
    read(stack);
    const at = stack.functions.findIndex((name) => DISPATCHERS.has(plainSyscall(name)));
    // An interrupt on all CPUs waits for the one that does not answer.
    const waits = stack.functions[at]?.includes("smp_call_function");
    stack.functions.splice(0, at < 0 ? stack.functions.length : waits ? at : Math.max(0, at - 1));
  };

/** The stalled CPU's frames are below the interrupt that noticed. */
const belowInterrupt: Locator = (stack) => {
  stack.next((line) => (/apic_timer_interrupt|Exception stack|el1h_64_irq/.test(line) ? true : undefined));
  stack.frames();
};

/** Stalls and hangs: kernel/watchdog.c, kernel/rcu, kernel/hung_task.c. */
const STALLS: readonly CrashMessage[] = [
  message("BUG:", "BUG: soft lockup", "HANG", ["BUG: soft lockup in {where}", "stall in {where}"], handedOut(atFault)),
  ...["self-detected stall", "detected stall", "self-detected expedited stall", "detected expedited stall"].flatMap(
    (stall) =>
      ["preempt", "sched", "bh"].map((flavour) =>
        message(
          "INFO:",
          `INFO: rcu_${flavour} ${stall}`,
          "HANG",
          ["INFO: rcu detected stall in {where}", "stall in {where}"],
          handedOut(belowInterrupt),
          { skip: { contains: ["rcu", "apic_timer_interrupt"] } },
        ),
      ),
  ),
  message(
    "INFO:",
    "INFO: task {any} blocked for more than {number} seconds",
    "HANG",
    ["INFO: task hung in {where}", "hang in {where}"],
    inTrace,
    {
      skip: {
        prefix: ["context_switch", "__switch_to", "kthread"],
        contains: ["_lock", "sched", "wait", "down", "rwsem", "completion", "cancel_delayed_work", "rcu_barrier"],
      },
    },
  ),
  message("BUG:", "BUG: workqueue lockup", UNKNOWN, "BUG: workqueue lockup", undefined, { bare: true }),
];

/** Checks of the scheduler, of memory management and of objects, each in its own file. */
const CHECKS: readonly CrashMessage[] = [
  // kernel/sched/core.c, lib/smp_processor_id.c
  message("BUG:", "BUG: scheduling while atomic", "ATOMIC_SLEEP", "BUG: scheduling while atomic in {where}", inTrace, {
    skip: SCHEDULER,
  }),
  message(
    "BUG:",
    "BUG: sleeping function called from invalid context",
    "ATOMIC_SLEEP",
    "BUG: sleeping function called from invalid context in {where}",
    inTrace,
  ),
  message(
    "BUG:",
    "BUG: using {name}() in preemptible",
    "LOCKDEP",
    "BUG: using {name}() in preemptible code in {where}",
    inTrace,
    {
      skip: { contains: ["preempt", "debug_", "processor_id", "this_cpu"] },
    },
  ),
  // kernel/workqueue.c
  message("BUG:", "BUG: workqueue leaked", UNKNOWN, "BUG: workqueue leaked lock or atomic in {name}", undefined, {
    needs: [new Template("BUG: workqueue leaked"), new Template("last function: {name}")],
    bare: true,
  }),
  // mm/memory.c, mm/page_alloc.c, kernel/fork.c
  message(
    "BUG:",
    "BUG: Bad page {state}",
    UNKNOWN,
    "BUG: Bad page {state} in {where}",
    (stack) => {
      stack.line("page last allocated");
      stack.frames();
    },
    {
      skip: {
        prefix: ["folio", "free_unref", "truncate_inode_pages"],
        contains: ["_page", "alloc", "vmap", "page_owner"],
      },
    },
  ),
  message("BUG:", "BUG: Bad page map", UNKNOWN, "BUG: Bad page map"),
  message("BUG:", "BUG: Bad rss-counter state", UNKNOWN, "BUG: Bad rss-counter state", undefined, { bare: true }),
  // arch/x86/kernel/dumpstack.c
  message(
    "BUG:",
    "BUG: {any}stack guard page was hit at",
    UNKNOWN,
    ["BUG: stack guard page was hit in {where}", "stack-overflow in {where}"],
    handedOut(atFault),
  ),
  // mm/slub.c
  message("BUG kmalloc-", "Object already free", "DoS", "BUG: Object already free"),
  // fs/dcache.c, fs/open.c, fs/super.c
  message("BUG:", "BUG: Dentry {any} still in use", UNKNOWN, "BUG: Dentry still in use in unmount"),
  message(
    "VFS: Close: file count is 0",
    "VFS: Close: file count is 0",
    "DoS",
    "VFS: Close: file count is zero (use-after-free)",
    undefined,
    { bare: true },
  ),
  message(
    "VFS: Busy inodes after unmount",
    "VFS: Busy inodes after unmount",
    "DoS",
    "VFS: Busy inodes after unmount (use-after-free)",
    undefined,
    { bare: true },
  ),
  // net/core/dev.c
  message(
    "unregister_netdevice: waiting for",
    "to become free",
    "DoS",
    "unregister_netdevice: waiting for DEV to become free",
    undefined,
    { bare: true },
  ),
  // lib/ubsan.c: the kind of check is told since 5.10.
  message(
    "UBSAN:",
    "UBSAN: array-index-out-of-bounds in",
    "MEMORY_SAFETY_UBSAN",
    ["UBSAN: array-index-out-of-bounds in {where}", "bad-access in {where}"],
    inTrace,
    { skip: OVERFLOW_CHECKS },
  ),
  message("UBSAN:", "UBSAN: Undefined behaviour in", "UBSAN", "UBSAN: undefined-behaviour in {where}", inTrace, {
    skip: OVERFLOW_CHECKS,
  }),
  message("UBSAN:", "UBSAN: {bug} in", "UBSAN", "UBSAN: {bug} in {where}", inTrace, { skip: OVERFLOW_CHECKS }),
  // arch/x86/kernel/unwind_frame.c
  message(
    "WARNING:",
    "WARNING: kernel stack regs at {any} has bad {value} value",
    UNKNOWN,
    "WARNING: kernel stack regs has bad {value} value",
    undefined,
    { bare: true },
  ),
  message(
    "WARNING:",
    "WARNING: kernel stack frame pointer at",
    UNKNOWN,
    "WARNING: kernel stack frame pointer has bad value",
    undefined,
    { bare: true },
  ),
];

/** Assertions: BUG() and its kin, by the file that they are in. */
const BUGS: readonly CrashMessage[] = [
  message("kernel BUG", "kernel BUG at mm/usercopy.c", "BUG", "BUG: bad usercopy in {where}", inTrace, {
    skip: { contains: ["usercopy", "__check"] },
  }),
  message("kernel BUG", "kernel BUG at lib/list_debug.c", "MEMORY_SAFETY_BUG", BROKEN_LIST, inTrace),
  message("kernel BUG", "kernel BUG at ", "BUG", "kernel BUG in {where}", atFault, { skip: { prefix: ["skb_"] } }),
];

/** Assertions: WARN() and its kin. Those of helpers are about the object that they were given. */
const WARNINGS: readonly CrashMessage[] = [
  warning(warnedIn("lib/debugobjects.c"), "WARNING: ODEBUG bug in {where}", {
    contains: ["debug_", "rcu", "hrtimer_", "timer_", "work_", "percpu_", "vunmap", "vfree", "__free_", "kobject_"],
  }),
  warning(warnedIn("mm/usercopy.c"), "WARNING: bad usercopy in {where}", { contains: ["usercopy", "__check"] }),
  warning(warnedIn("lib/kobject.c"), "WARNING: kobject bug in {where}", { contains: ["kobject_"] }),
  warning(warnedIn("fs/proc/generic.c"), "WARNING: proc registration bug in {where}", { contains: ["proc_"] }),
  warning(
    warnedIn("lib/refcount.c"),
    "WARNING: refcount bug in {where}",
    { contains: ["refcount", "kobject_"] },
    "REFCOUNT_WARNING",
  ),
  warning(warnedIn("kernel/locking/lockdep.c", /lock_/), "WARNING: locking bug in {where}", SOCKET_LOCKS, "LOCKDEP"),
  warning(warnedIn("mm/", /^k?v?[mz]alloc/), "WARNING: kmalloc bug in {where}", {
    contains: ["kmalloc", "krealloc", "slab", "kmem"],
  }),
  warning(warnedIn("mm/vmalloc.c", /^__vmalloc_node/), "WARNING: zero-size vmalloc in {where}"),
  warning(warnedIn("drivers/usb/core/urb.c"), "WARNING in {where}/usb_submit_urb", USB_REQUESTS),
  warning(warnedIn(""), "WARNING in {where}"),
];

const STACK_DAMAGE = "Kernel panic - not syncing: stack-protector: Kernel stack is corrupted in: ";
const panic = (says: string, title: string, more: Partial<CrashMessage> = {}): CrashMessage =>
  message("Kernel panic", `Kernel panic - not syncing: ${says}`, "DoS", title, undefined, more);

/** kernel/panic.c, by whoever called it. */
const PANICS: readonly CrashMessage[] = [
  message(
    "Kernel panic",
    `${STACK_DAMAGE}{function}`,
    "DoS",
    "kernel panic: stack is corrupted in {function}",
    undefined,
    {
      bare: true,
    },
  ),
  message("Kernel panic", STACK_DAMAGE, "DoS", "kernel panic: stack is corrupted in {where}", inTrace, {
    skip: { contains: ["stack_chk"] },
  }),
  ...(
    [
      ["corrupted stack end", "kernel panic: corrupted stack end in {where}"],
      ["kernel stack overflow", "kernel stack overflow in {where}"],
    ] as const
  ).map(([says, title]) =>
    message(
      "Kernel panic",
      `Kernel panic - not syncing: ${says}`,
      "DoS",
      [title, "stack-overflow in {where}"],
      handedOut(inTrace),
      { skip: SCHEDULER },
    ),
  ),
  // These follow reports. Where one comes first, the report was lost.
  ...["Fatal exception", "panic_on_warn set", "hung_task: blocked tasks"].map((why) =>
    panic(why, `kernel panic: ${why}`, { lost: true }),
  ),
  panic("Attempted to kill init!", "kernel panic: Attempted to kill init!"),
  panic("{any}", "kernel panic: {any}"),
];

/** The title if a line ends right after its marker, because another CPU's output replaced the rest. */
const CUT: readonly CrashMessage[] = (["BUG:", "WARNING:", "INFO:"] as const).map((marker) => ({
  markers: [marker],
  says: {
    find(line) {
      const text = line.trimEnd();
      return text.endsWith(marker) ? { at: text.length - marker.length, words: {} } : undefined;
    },
  },
  type: UNKNOWN,
  titles: [`${marker} corrupted`],
  lost: true,
}));

/** How Linux since 4.0 announces crashes of every kind, since a crash is called after its first. The first that fits counts. */
export const CRASHES: readonly CrashMessage[] = [
  ...KASAN,
  ...KFENCE,
  ...FAULTS,
  ...LOCKS,
  ...STALLS,
  ...CHECKS,
  ...BUGS,
  ...WARNINGS,
  ...PANICS,
  // mm/kasan/report.c before 4.7, where the lines above are lost.
  ...["Allocated", "Freed"].map((what) =>
    message("INFO:", `INFO: ${what} in {any}`, UNKNOWN, `INFO: ${what} in {any}`, undefined, { lost: true }),
  ),
  ...CUT,
];

/** Messages of crashes that are part of one that came before. */
export const CONTINUATIONS: readonly string[] = [
  "invalid opcode: 0000", // how BUG() stops the CPU
  "Kernel panic - not syncing",
  "PANIC: double fault", // a fault while a fault is handled, if memory is badly damaged
  "Internal error:", // arm's heading of registers, after the line that says what happened
  "unregister_netdevice: waiting for", // said again every ten seconds
];

/** Messages that are no crash but show a stack: what follows them may not belong to the report. */
export const STACK_MESSAGES: readonly string[] = [
  "vmalloc: allocation failure:", // mm/page_alloc.c
  "FAULT_INJECTION: forcing a failure", // lib/fault-inject.c
  "FAULT_FLAG_ALLOW_RETRY missing", // fs/userfaultfd.c
];
