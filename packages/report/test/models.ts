import {
  DEFAULT_STYLE,
  type KasanReport,
  type MemoryState,
  PAGE_TYPES,
  type PageDump,
  pageFlags,
  type ReportedMachine,
  type ReportStyle,
  type StackFrame,
  type TaskRef,
  ZONE_FIELD,
} from "../src/index.ts";

/** Reports of an arm64 kernel with software tags. */
export const ARM64_TAGS_STYLE: ReportStyle = {
  ...DEFAULT_STYLE,
  callTrace: "Call trace:",
  stackNames: false,
  pageFields: [ZONE_FIELD, { name: "kasantag", shift: 54n, width: 8n, hex: true }],
};

/** `f+0x1/0x2 [m]`, as data. */
function frame(text: string, stack?: string): StackFrame {
  const match = /^(\? )?(\S+)\+0x([0-9a-f]+)\/0x([0-9a-f]+)(?: \[(\S+)\])?$/.exec(text.trim())!;
  const [, guess, symbol, offset, size, module] = match;
  return {
    symbol,
    offset: Number.parseInt(offset!, 16),
    size: Number.parseInt(size!, 16),
    ...(module ? { module } : {}),
    ...(stack ? { stack } : {}),
    reliable: guess === undefined,
  };
}

/** A trace, one frame a line. */
function trace(text: string, stack?: string): StackFrame[] {
  return text
    .trim()
    .split("\n")
    .map((line) => frame(line, stack));
}

/** Memory rows, as hex: `fa fb …`, five lines from `start` on. */
function memory(start: bigint, text: string, granule: 8 | 16 = 8): MemoryState {
  const rows = text
    .trim()
    .split("\n")
    .map((line, i) => ({
      address: start + BigInt(i * 16 * granule),
      bytes: line
        .trim()
        .split(" ")
        .map((byte) => Number.parseInt(byte, 16)),
    }));
  return { rows, granule };
}

const FILL = (byte: string) => Array(16).fill(byte).join(" ");
const hexWords = (text: string) =>
  text
    .trim()
    .split(/\s+/)
    .map((word) => BigInt(`0x${word}`));

const KUNIT: TaskRef = { comm: "kunit_try_catch", pid: 43 };
const CLEAN: ReportedMachine = { cpu: 0, taint: ["TEST"], release: "6.12.117", build: "#1" };
const MACHINE: ReportedMachine = { ...CLEAN, taint: ["BAD_PAGE", "TEST"] };
const on = (cpu: number): ReportedMachine => ({ ...MACHINE, cpu });
const kunit = (pid: number): TaskRef => ({ ...KUNIT, pid });

/** The end of every test of the suite; only the wait in the spin lock differs. */
const tail = (lock = "0x62") => `
  kunit_try_run_case+0x24d/0x39a
  ? kunit_try_run_case_cleanup+0xbe/0xbe
  ? do_raw_spin_lock+${lock}/0x96
  ? kunit_try_run_case_cleanup+0xbe/0xbe
  ? kunit_mem_assert_format+0x331/0x331
  kunit_generic_run_threadfn_adapter+0x82/0xb7
  kthread+0x21b/0x22a
  ? kthread_park+0xd7/0xd7
  ret_from_fork+0x20/0x51
  ? kthread_park+0xd7/0xd7
  ret_from_fork_asm+0x11/0x20`;

const SAVED_TAIL = `
  kunit_try_run_case+0x24d/0x39a
  kunit_generic_run_threadfn_adapter+0x82/0xb7
  kthread+0x21b/0x22a
  ret_from_fork+0x20/0x51
  ret_from_fork_asm+0x11/0x20`;

const kmalloc = (caller: string) =>
  trace(`kasan_save_stack+0x32/0x4d
    kasan_save_track+0x14/0x1c
    __kasan_kmalloc+0x3e/0x47
    ${caller}${SAVED_TAIL}`);

const kfree = (callers: string) =>
  trace(`kasan_save_stack+0x32/0x4d
    kasan_save_track+0x14/0x1c
    kasan_save_free_info+0x3f/0x45
    __kasan_slab_free+0x36/0x43
    kfree+0x188/0x1f3
    ${callers}`);

/** The trace of an access at `place`; `between` are the guesses under it. */
const access = (place: string, between: string, lock?: string) =>
  trace(`dump_stack_lvl+0x56/0x65
    print_report+0x17c/0x4cb
    ? ${place}
    kasan_report+0x9d/0xbf
    ? ${place}
    ${place}
    ${between}
    ? ktime_get_ts64+0x77/0x10c${tail(lock)}`);

const slabPage = (pfn: number, raw: string): PageDump => ({
  pfn,
  refcount: 1,
  mapcount: 0,
  flags: 0n,
  pageType: PAGE_TYPES.slab,
  raw: hexWords(raw),
});

/** A page of vmalloc or of a stack. */
const plainPage = (pfn: number): PageDump => ({
  pfn,
  refcount: 1,
  mapcount: 0,
  flags: 0n,
  raw: [0n, 0n, 0xdead000000000122n, 0n, 0n, 0n, 0x1ffffffffn, 0n],
});

const OOB = "kmalloc_oob_right+0x1c2/0x5a2 [kasan_test]";
const BIG = "kmalloc_big_oob_right+0x1c2/0x298 [kasan_test]";
const LARGE_UAF = "kmalloc_large_uaf+0x1d8/0x2a3 [kasan_test]";
const LARGE_FREE = "kmalloc_large_invalid_free+0x16d/0x234 [kasan_test]";
const KZFREE = "kmalloc_double_kzfree+0x1f7/0x2be [kasan_test]";
const RCU = "rcu_uaf_reclaim+0x38/0x3e [kasan_test]";
const GLOBAL = "kasan_global_oob_right+0x136/0x201 [kasan_test]";
const STACK = "kasan_stack_oob+0x156/0x224 [kasan_test]";
const ALLOCA = "kasan_alloca_oob_left+0x1a0/0x293 [kasan_test]";
const VMALLOC = "vmalloc_oob+0x1ee/0x5c6 [kasan_test]";

const BIG_WORDS = `
  0000000000000040 ffff888000142280 dead000000000122 0000000000000000
  0000000000000000 0000000080020002 00000001f5000000 0000000000000000`;
const LARGE_WORDS = `
  0000000000000040 0000000000000000 dead000000000122 0000000000000000
  0000000000000000 0000000000000000 00000001ffffffff 0000000000000000`;

/** Real reports of a 6.12.117 kernel, as data: each is the file of its name in testdata. */
export const REPORTS: Record<string, KasanReport> = {
  "slab-out-of-bounds": {
    bugType: "slab-out-of-bounds",
    function: frame(OOB),
    access: { kind: "Write", size: 1, address: 0xffff888000a59873n },
    task: kunit(43),
    machine: CLEAN,
    callTrace: access(OOB, "? kmalloc_oob_left+0x2c2/0x2c2 [kasan_test]"),
    allocated: { pid: 43, cpu: 0, timestamp: 33646853, stack: kmalloc("kmalloc_oob_right+0x92/0x5a2 [kasan_test]") },
    object: {
      address: 0xffff888000a59800n,
      cache: "kmalloc-128",
      objectSize: 128,
      allocSize: 115,
      state: "allocated",
    },
    page: slabPage(
      0xa59,
      `0000000000000000 ffff888000141a00 dead000000000122 0000000000000000
       0000000000000000 0000000080100010 00000001f5000000 0000000000000000`,
    ),
    memory: memory(
      0xffff888000a59700n,
      `fa fb fb fb fb fb fb fb fb fb fb fb fb fb fb fb
       ${FILL("fc")}
       00 00 00 00 00 00 00 00 00 00 00 00 00 00 03 fc
       ${FILL("fc")}
       00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 fc`,
    ),
  },

  "slab-out-of-bounds-head": {
    bugType: "slab-out-of-bounds",
    function: frame(BIG),
    access: { kind: "Write", size: 1, address: 0xffff888002a71f00n },
    task: kunit(49),
    machine: MACHINE,
    callTrace: access(BIG, "? kmalloc_uaf+0x2df/0x2df [kasan_test]"),
    allocated: {
      pid: 49,
      cpu: 0,
      timestamp: 34950564,
      stack: kmalloc("kmalloc_big_oob_right+0x8f/0x298 [kasan_test]"),
    },
    object: {
      address: 0xffff888002a70000n,
      cache: "kmalloc-8k",
      objectSize: 8192,
      allocSize: 7936,
      state: "allocated",
    },
    page: {
      ...slabPage(0x2a70, BIG_WORDS),
      flags: pageFlags("head"),
      head: { order: 3 },
      headRaw: hexWords(`${BIG_WORDS}
        0000000000000003 ffffea00000a9c01 ffffffffffffffff 0000000000000000
        0000000000000008 0000000000000000 00000000ffffffff 0000000000000000`),
    },
    memory: memory(0xffff888002a71e00n, [FILL("00"), FILL("00"), FILL("fc"), FILL("fc"), FILL("fc")].join("\n")),
  },

  "page-use-after-free": {
    bugType: "use-after-free",
    function: frame(LARGE_UAF),
    access: { kind: "Read", size: 1, address: 0xffff888002aa4000n },
    task: kunit(53),
    machine: MACHINE,
    callTrace: access(LARGE_UAF, "? kmalloc_large_invalid_free+0x234/0x234 [kasan_test]"),
    page: {
      pfn: 0x2aa4,
      refcount: 0,
      mapcount: 0,
      flags: 0n,
      raw: [0n, 0xffffea00000aaa08n, 0xffff888009c39040n, 0n, 0n, 0n, 0xffffffffn, 0n],
    },
    memory: memory(0xffff888002aa3f00n, Array(5).fill(FILL("ff")).join("\n")),
  },

  "invalid-free-large": {
    bugType: "invalid-free",
    function: frame(LARGE_FREE),
    access: { kind: "Free", address: 0xffff888002aa4001n },
    task: kunit(55),
    machine: MACHINE,
    callTrace: trace(`dump_stack_lvl+0x56/0x65
      print_report+0x17c/0x4cb
      ? ${LARGE_FREE}
      kasan_report_invalid_free+0x73/0x8e
      ? ${LARGE_FREE}
      ? ${LARGE_FREE}
      check_page_allocation+0x4d/0x52
      free_large_kmalloc+0x40/0x77
      ${LARGE_FREE}
      ? rcu_uaf_reclaim+0x3e/0x3e [kasan_test]
      ? ktime_get_ts64+0x77/0x10c${tail("0x7f")}`),
    page: {
      ...plainPage(0x2aa4),
      flags: pageFlags("head"),
      head: { order: 2 },
      raw: hexWords(LARGE_WORDS),
      headRaw: hexWords(`${LARGE_WORDS}
        0000000000000002 ffffea00000aa901 ffffffffffffffff 0000000000000000
        0000000000000004 0000000000000000 00000000ffffffff 0000000000000000`),
    },
    memory: memory(0xffff888002aa3f00n, [FILL("ff"), FILL("ff"), FILL("00"), FILL("00"), FILL("00")].join("\n")),
  },

  "double-free": {
    bugType: "double-free",
    function: frame(KZFREE),
    access: { kind: "Free", address: 0xffff888002a55030n },
    task: kunit(97),
    machine: MACHINE,
    callTrace: trace(`dump_stack_lvl+0x56/0x65
      print_report+0x17c/0x4cb
      ? ${KZFREE}
      kasan_report_invalid_free+0x73/0x8e
      ? ${KZFREE}
      ? ${KZFREE}
      check_slab_allocation+0x92/0x97
      kfree+0xbd/0x1f3
      ? ${KZFREE}
      ${KZFREE}
      ? ksize_unpoisons_memory+0x6e4/0x6e4 [kasan_test]
      ? set_next_task_idle+0x34a/0x381
      ? ktime_get_ts64+0x77/0x10c${tail()}`),
    allocated: {
      pid: 97,
      cpu: 0,
      timestamp: 41518483,
      stack: kmalloc("kmalloc_double_kzfree+0x8f/0x2be [kasan_test]"),
    },
    freed: {
      pid: 97,
      cpu: 0,
      timestamp: 41518938,
      stack: kfree(`kmalloc_double_kzfree+0x116/0x2be [kasan_test]${SAVED_TAIL}`),
    },
    object: { address: 0xffff888002a55030n, cache: "kmalloc-16", objectSize: 16, allocSize: 16 },
    page: slabPage(
      0x2a55,
      `0000000000000000 ffff888000141640 dead000000000122 0000000000000000
       0000000000000000 0000000080550055 00000001f5000000 0000000000000000`,
    ),
    memory: memory(
      0xffff888002a54f00n,
      `${FILL("ff")}
       ${FILL("ff")}
       fa fb fc fc fc fc fa fb fc fc fc fc fc fc fc fc
       ${FILL("fc")}
       ${FILL("fc")}`,
    ),
  },

  "slab-use-after-free-irq": {
    bugType: "slab-use-after-free",
    function: frame(RCU),
    access: { kind: "Read", size: 4, address: 0xffff888000918980n },
    task: { comm: "swapper/0", pid: 0 },
    machine: MACHINE,
    callTrace: [
      ...trace(
        `dump_stack_lvl+0x56/0x65
        print_report+0x17c/0x4cb
        ? ${RCU}
        kasan_report+0x9d/0xbf
        ? ${RCU}
        ? workqueue_uaf_work+0x9/0x9 [kasan_test]
        ${RCU}
        rcu_core+0x508/0x97e
        ? note_gp_changes+0xf0/0xf0
        handle_softirqs+0x219/0x47e
        ? __probestub_softirq_raise+0x5/0x5
        ? tick_handle_periodic+0x3e/0x98
        sysvec_apic_timer_interrupt+0x60/0x75`,
        "IRQ",
      ),
      {
        ...frame("asm_sysvec_apic_timer_interrupt+0x1a/0x20"),
        registers: [
          "RIP: 0010:default_idle+0x17/0x19",
          "Code: c0 08 00 00 00 4d 29 c8 4c 01 c7 4c 29 c2 e9 76 ff ff ff f3 0f 1e fa 8b 05 ea ae cb 00 85 c0 7e 07 " +
            "0f 00 2d ff a5 32 00 fb f4 <fa> c3 f3 0f 1e fa 65 48 8b 05 8f bc 93 7e 48 8b 00 a8 08 75 54 8b",
          "RSP: 0018:ffffffff81e07e60 EFLAGS: 00000246",
          "RAX: 0000000000000000 RBX: 0000000000000000 RCX: ffffed1001386475",
          "RDX: ffffed1001386475 RSI: 0000000000000004 RDI: 000000000007c20c",
          "RBP: 0000000000000000 R08: ffffed1001386475 R09: 0000000000000001",
          "R10: ffffffff816f80e6 R11: ffffed1001386474 R12: ffffffff81e124c0",
          "R13: dffffc0000000000 R14: 1ffffffff03c0fd0 R15: 0000000000000000",
        ],
      },
      ...trace(`? ct_kernel_exit.constprop.0+0x7c/0x8e
        default_idle_call+0x38/0x53
        do_idle+0x138/0x231
        ? arch_cpu_idle_exit+0x1a/0x1a
        cpu_startup_entry+0x52/0x54
        rest_init+0xfd/0xfd
        start_kernel+0x30a/0x30a
        x86_64_start_reservations+0x24/0x24
        x86_64_start_kernel+0x90/0x90
        common_startup_64+0x129/0x138`),
    ],
    allocated: { pid: 103, cpu: 0, timestamp: 42969823, stack: kmalloc("rcu_uaf+0x90/0x280 [kasan_test]") },
    freed: {
      pid: 0,
      cpu: 0,
      timestamp: 43031690,
      stack: kfree(`rcu_uaf_reclaim+0x15/0x3e [kasan_test]
        rcu_core+0x508/0x97e
        handle_softirqs+0x219/0x47e
        sysvec_apic_timer_interrupt+0x60/0x75
        asm_sysvec_apic_timer_interrupt+0x1a/0x20`),
    },
    aux: [
      trace(`kasan_save_stack+0x32/0x4d
        __kasan_record_aux_stack+0x8d/0x95
        call_rcu+0x7b/0x425
        rcu_uaf+0x1b4/0x280 [kasan_test]${SAVED_TAIL}`),
    ],
    object: { address: 0xffff888000918980n, cache: "kmalloc-32", objectSize: 32, allocSize: 32, state: "freed" },
    page: slabPage(
      0x918,
      `0000000000000000 ffff888000141780 ffffea0000022bc0 dead000000000002
       0000000000000000 0000000080400040 00000001f5000000 0000000000000000`,
    ),
    memory: memory(
      0xffff888000918880n,
      `fa fb fb fb fc fc fc fc 00 00 00 fc fc fc fc fc
       00 00 05 fc fc fc fc fc 00 00 07 fc fc fc fc fc
       fa fb fb fb fc fc fc fc fa fb fb fb fc fc fc fc
       fa fb fb fb fc fc fc fc fa fb fb fb fc fc fc fc
       fa fb fb fb fc fc fc fc fa fb fb fb fc fc fc fc`,
    ),
  },

  "global-out-of-bounds": {
    bugType: "global-out-of-bounds",
    function: frame(GLOBAL),
    access: { kind: "Read", size: 1, address: 0xffffffffa001ef8dn },
    task: kunit(152),
    machine: MACHINE,
    callTrace: access(
      GLOBAL,
      `? kasan_stack_oob+0x224/0x224 [kasan_test]
      ? finish_task_switch.isra.0+0x380/0x436
      ? switch_mm_irqs_off+0xdd/0x5f0`,
    ),
    variable: frame("global_array+0xd/0x40 [kasan_test]"),
    memory: memory(
      0xffffffffa001ee80n,
      `${FILL("00")}
       ${FILL("00")}
       00 02 f9 f9 f9 f9 f9 f9 00 f9 f9 f9 f9 f9 f9 f9
       04 f9 f9 f9 f9 f9 f9 f9 00 f9 f9 f9 f9 f9 f9 f9
       02 f9 f9 f9 f9 f9 f9 f9 01 f9 f9 f9 f9 f9 f9 f9`,
    ),
  },

  "stack-out-of-bounds": {
    bugType: "stack-out-of-bounds",
    function: frame(STACK),
    access: { kind: "Read", size: 1, address: 0xffffc90000447dban },
    task: kunit(156),
    machine: on(1),
    callTrace: access(STACK, "? match_all_mem_tag+0x17/0x17 [kasan_test]\n? set_next_task_idle+0x34a/0x381"),
    stack: {
      task: kunit(156),
      frame: {
        offset: 106,
        function: frame("kasan_stack_oob+0x0/0x224 [kasan_test]"),
        objects: [
          { start: 48, end: 49, name: "__assertion" },
          { start: 64, end: 72, name: "array" },
          { start: 96, end: 106, name: "stack_array" },
          { start: 128, end: 144, name: "__assertion" },
        ],
      },
    },
    vmalloc: { pages: 8, start: 0xffffc90000440000n, caller: frame("kernel_clone+0x189/0x412") },
    page: plainPage(0xe86),
    memory: memory(
      0xffffc90000447c80n,
      `${FILL("00")}
       00 00 00 00 00 00 00 00 00 00 f1 f1 f1 f1 f1 f1
       01 f2 00 f2 f2 f2 00 02 f2 f2 00 00 f3 f3 00 00
       00 00 00 00 00 f1 f1 f1 f1 00 00 f2 f2 00 00 f2
       f2 00 00 f3 f3 00 00 00 00 00 00 00 00 00 00 00`,
    ),
  },

  "alloca-out-of-bounds": {
    bugType: "alloca-out-of-bounds",
    function: frame(ALLOCA),
    access: { kind: "Read", size: 1, address: 0xffffc90000287cffn },
    task: kunit(158),
    machine: MACHINE,
    callTrace: access(
      ALLOCA,
      `? sched_balance_newidle+0x34f/0xa3d
      ? kasan_alloca_oob_right+0x298/0x298 [kasan_test]
      ? finish_task_switch.isra.0+0x380/0x436`,
    ),
    stack: { task: kunit(158) },
    vmalloc: { pages: 8, start: 0xffffc90000280000n, caller: frame("kernel_clone+0x189/0x412") },
    page: plainPage(0x2a67),
    memory: memory(
      0xffffc90000287b80n,
      `${FILL("00")}
       ${FILL("00")}
       00 00 00 00 00 00 00 00 00 00 00 00 ca ca ca ca
       00 02 cb cb cb cb cb cb 00 00 00 00 00 f1 f1 f1
       f1 01 f2 04 f2 00 f2 f2 f2 00 00 f3 f3 00 00 00`,
    ),
  },

  "vmalloc-out-of-bounds": {
    bugType: "vmalloc-out-of-bounds",
    function: frame(VMALLOC),
    access: { kind: "Read", size: 1, address: 0xffffc900000217f3n },
    task: kunit(176),
    machine: on(1),
    callTrace: access(VMALLOC, "? kasan_global_oob_right+0x201/0x201 [kasan_test]", "0x7f"),
    vmalloc: { pages: 1, start: 0xffffc90000021000n, caller: frame("vmalloc_oob+0x6a/0x5c6 [kasan_test]") },
    page: plainPage(0xd8a),
    memory: memory(
      0xffffc90000021680n,
      `${FILL("00")}
       ${FILL("00")}
       00 00 00 00 00 00 00 00 00 00 00 00 00 00 03 f8
       ${FILL("f8")}
       ${FILL("f8")}`,
    ),
  },

  "slab-out-of-bounds-arm64-sw-tags": {
    bugType: "slab-out-of-bounds",
    function: frame("kmalloc_oob_right+0x42c/0x4d0 [kasan_test]"),
    access: { kind: "Write", size: 1, address: 0xf1ff000000e067f0n, pointerTag: 0xf1, memoryTag: 0xfe },
    task: kunit(43),
    machine: { ...CLEAN, hardware: "linux,dummy-virt (DT)" },
    callTrace: trace(`dump_backtrace+0xd0/0xec
      show_stack+0x14/0x1c
      dump_stack_lvl+0x3c/0x7c
      print_report+0x17c/0x480
      kasan_report+0xb4/0xe8
      kasan_tag_mismatch+0x24/0x34
      __hwasan_tag_mismatch+0x30/0x60
      kmalloc_oob_right+0x42c/0x4d0 [kasan_test]
      kunit_try_run_case+0x1a0/0x47c
      kunit_generic_run_threadfn_adapter+0x98/0x130
      kthread+0x284/0x32c
      ret_from_fork+0x10/0x20`),
    allocated: {
      pid: 43,
      cpu: 0,
      timestamp: 1817663,
      stack: trace(`kasan_save_stack+0x3c/0x64
        save_stack_info+0x2c/0x140
        kasan_save_alloc_info+0x10/0x18
        __kasan_kmalloc+0x78/0x8c
        __kmalloc_cache_noprof+0x198/0x24c
        kmalloc_oob_right+0x5c/0x4d0 [kasan_test]
        kunit_try_run_case+0x1a0/0x47c
        kunit_generic_run_threadfn_adapter+0x98/0x130
        kthread+0x284/0x32c
        ret_from_fork+0x10/0x20`),
    },
    object: { address: 0xffff000000e06780n, cache: "kmalloc-128", objectSize: 128, allocSize: 112 },
    page: {
      ...slabPage(
        0x40e06,
        `0000000000000000 e6ff000000c01540 dead000000000122 0000000000000000
         a3ff000000e06680 000000008020001f 00000001f5000000 0000000000000000`,
      ),
      index: 0xa3ff000000e06680n,
    },
    memory: memory(
      0xffff000000e06500n,
      `76 76 76 76 76 76 76 fe 2e 2e 2e 2e 2e 2e 2e 2e
       21 21 21 21 21 21 21 21 fe fe fe fe fe fe fe fe
       58 58 58 58 58 58 58 58 f1 f1 f1 f1 f1 f1 f1 fe
       ${FILL("fe")}
       ${FILL("fe")}`,
      16,
    ),
  },
};

/** The style of a report in {@link REPORTS}. */
export function styleOf(name: string): ReportStyle | undefined {
  return name.includes("arm64") ? ARM64_TAGS_STYLE : undefined;
}

export { KUNIT, MACHINE };
