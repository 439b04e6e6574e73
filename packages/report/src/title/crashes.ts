import { CALL_TRACE, INSTRUCTION_POINTER, pattern } from "./patterns.ts";
import { hungFrame, stalledFrame } from "./stalls.ts";

/** How to find the guilty function: expressions that lines must match one after the other; `"trace"` reads a stack. */
export type StackPart = RegExp | "trace";

/** Where a crash's guilty function stands. */
export interface StackFormat {
  /** What to look for, in order. What an expression captures counts as a frame. */
  readonly parts: readonly StackPart[];
  /** What to try if that fails. */
  readonly otherwise?: readonly StackPart[];
  /** Functions that are not to blame for this kind of crash, besides those that never are. */
  readonly skip?: readonly string[];
  /** Chooses among the frames; the first one by default. Answers its index and the name to use. */
  readonly choose?: (frames: readonly string[]) => { name: string; index: number } | undefined;
}

/** One wording of a crash. */
export interface CrashFormat {
  /** The line that it is known by. */
  readonly title: RegExp;
  /** Lines that must follow each other for the title to be made; what they capture goes into it. `title` by default. */
  readonly report?: readonly RegExp[];
  /** The title. `%1`, `%2` … stand for what was captured, and after that for the guilty functions. */
  readonly name: string;
  /** Other titles that the same bug can get. */
  readonly alt?: readonly string[];
  /** How to find the guilty function. */
  readonly stack?: StackFormat;
  /** A report of this kind can lack a stack. */
  readonly noStackTrace?: boolean;
  /** Such a report always lost something. */
  readonly corrupted?: boolean;
}

/** Crashes whose first lines have a word in common. */
export interface CrashKind {
  /** That word. */
  readonly header: string;
  /** Wordings, the first that fits counts. */
  readonly formats: readonly CrashFormat[];
  /** Lines that have the word and are no crash. */
  readonly except?: readonly RegExp[];
}

const trace = (...skip: string[]): StackFormat => ({ parts: [CALL_TRACE, "trace"], ...(skip.length > 0 && { skip }) });
const fault: StackFormat = { parts: [INSTRUCTION_POINTER, CALL_TRACE, "trace"] };
const pointer: StackFormat = { parts: [INSTRUCTION_POINTER] };
const WARNING_START = pattern(`(?:${INSTRUCTION_POINTER.source}|--- interrupt: [0-9]+ at {{FUNC}})`);
/** Since 4.11 a warning is a trap, and shows where; before, it only has a stack. */
const warning = (...skip: string[]): StackFormat => ({
  parts: [WARNING_START, "trace"],
  otherwise: [CALL_TRACE, "trace"],
  ...(skip.length > 0 && { skip }),
});
const inTrace = (title: string, name: string, ...skip: string[]): CrashFormat => ({
  title: pattern(title),
  name,
  stack: trace(...skip),
});
const warned = (title: string, name: string, ...skip: string[]): CrashFormat => ({
  title: pattern(title),
  name,
  stack: warning(...skip),
});
const plain = (title: string, name: string): CrashFormat => ({ title: pattern(title), name, noStackTrace: true });
const lost = (title: string, name: string): CrashFormat => ({ title: pattern(title), name, corrupted: true });
const KFENCE: StackFormat = { parts: [pattern("BUG: KFENCE: (?:[a-z\\- ]+) in {{FUNC}}"), "trace"] };
const KMSAN: StackFormat = {
  parts: ["trace", /(?:Local variable .* created at:|Uninit was created at:)/, "trace"],
  skip: ["alloc_skb", "netlink_ack", "netlink_rcv_skb", "_encrypt$", "^(?:crypto|cipher|drbg|rng)_"],
};

/**
 * How Linux announces crashes of every kind, since a crash is called after its first. The kinds, their order, and what the
 * titles say follow google/syzkaller (`pkg/report/linux.go`, Apache-2.0), so that titles agree with syzbot's.
 */
export const CRASHES: readonly CrashKind[] = [
  {
    header: "BUG:",
    formats: [
      {
        title: /BUG: KAS[Aa][Nn]:/,
        report: [
          pattern("BUG: KAS[Aa][Nn]: ([a-z\\-]+) in {{FUNC}}"),
          /(Read|Write) (?:of size|at addr) (?:[0-9a-f]+)/,
        ],
        name: "KASAN: %1 %3 in %4",
        alt: ["bad-access in %4"],
        stack: {
          parts: [pattern("BUG: KAS[Aa][Nn]: (?:[a-z\\-]+) in {{FUNC}}"), CALL_TRACE, "trace"],
          // Hardware tags report from the exception.
          skip: ["kernel_fault", "tag_check", "mem_abort", "^el1_", "^el1h_"],
        },
      },
      {
        title: /BUG: KAS[Aa][Nn]:/,
        report: [pattern("BUG: KAS[Aa][Nn]: (?:double-free or invalid-free|double-free|invalid-free) in {{FUNC}}")],
        name: "KASAN: invalid-free in %2",
        alt: ["invalid-free in %2"],
        stack: {
          parts: [
            pattern("BUG: KAS[Aa][Nn]: (?:double-free or invalid-free|double-free|invalid-free) in {{FUNC}}"),
            CALL_TRACE,
            "trace",
          ],
          skip: ["slab_", "kfree", "vunmap", "vfree"],
        },
      },
      {
        title: /BUG: KAS[Aa][Nn]: ([a-z-]+) on address/,
        report: [/BUG: KAS[Aa][Nn]: ([a-z-]+) on address/, /(Read|Write) of size ([0-9]+)/],
        name: "KASAN: %1 %2",
      },
      lost("BUG: KAS[Aa][Nn]: (.*)", "KASAN: %1"),
      {
        title: /BUG: KMSAN: kernel-usb-infoleak/,
        report: [pattern("BUG: KMSAN: kernel-usb-infoleak in {{FUNC}}")],
        name: "KMSAN: kernel-usb-infoleak in %2",
        alt: ["KMSAN origin in %3"],
        stack: {
          ...KMSAN,
          skip: [
            "alloc_skb",
            "usb_submit_urb",
            "usb_start_wait_urb",
            "usb_bulk_msg",
            "usb_interrupt_msg",
            "usb_control_msg",
          ],
        },
        noStackTrace: true,
      },
      {
        title: /BUG: KMSAN:/,
        report: [pattern("BUG: KMSAN: ([a-z\\-]+) in {{FUNC}}")],
        name: "KMSAN: %1 in %3",
        alt: ["bad-access in %3"],
        stack: KMSAN,
        noStackTrace: true,
      },
      { title: /BUG: KCSAN:/, report: [/BUG: KCSAN: (.*)/], name: "KCSAN: %1", noStackTrace: true },
      {
        title: pattern("BUG: KFENCE: (use-after-free|out-of-bounds) (read|write) in {{FUNC}}"),
        name: "KFENCE: %1 %2 in %4",
        alt: ["bad-access in %4"],
        stack: KFENCE,
      },
      {
        title: pattern("BUG: KFENCE: invalid free in {{FUNC}}"),
        name: "KFENCE: invalid free in %2",
        alt: ["invalid-free in %2"],
        stack: KFENCE,
        noStackTrace: true,
      },
      {
        title: pattern("BUG: KFENCE: invalid (read|write) in {{FUNC}}"),
        name: "KFENCE: invalid %1 in %3",
        alt: ["bad-access in %3"],
        stack: KFENCE,
      },
      {
        title: pattern("BUG: KFENCE: memory corruption in {{FUNC}}"),
        name: "KFENCE: memory corruption in %2",
        stack: KFENCE,
        noStackTrace: true,
      },
      {
        title:
          /BUG: (?:unable to handle kernel paging request|unable to handle page fault for address|Unable to handle kernel data access)/,
        name: "BUG: unable to handle kernel paging request in %1",
        alt: ["bad-access in %1"],
        stack: fault,
      },
      {
        title: /BUG: (?:unable to handle kernel NULL pointer dereference|[kK]ernel NULL pointer dereference)/,
        name: "BUG: unable to handle kernel NULL pointer dereference in %1",
        alt: ["bad-access in %1"],
        stack: fault,
      },
      lost("BUG: (?:unable to handle kernel|Unable to handle kernel)", "BUG: unable to handle kernel"),
      inTrace(
        "BUG: (spinlock|rwlock) (lockup suspected|already unlocked|recursion|cpu recursion|bad magic|wrong owner|wrong CPU|trylock failure on UP)",
        "BUG: %1 %2 in %3",
        "spin_",
        "_lock",
        "_unlock",
      ),
      {
        title: /BUG: soft lockup/,
        name: "BUG: soft lockup in %1",
        alt: ["stall in %1"],
        stack: { ...fault, choose: stalledFrame },
      },
      {
        title: /BUG: .*still has locks held!/,
        report: [/BUG: .*still has locks held!/, pattern("{{PC}} +{{FUNC}}")],
        name: "BUG: still has locks held in %1",
      },
      inTrace("BUG: scheduling while atomic", "BUG: scheduling while atomic in %1", "schedule"),
      {
        title: /BUG: lock held when returning to user space/,
        report: [
          /BUG: lock held when returning to user space/,
          /leaving the kernel with locks still held/,
          pattern("at: (?:{{PC}} +)?{{FUNC}}"),
        ],
        name: "BUG: lock held when returning to user space in %1",
        noStackTrace: true,
      },
      {
        title: /BUG: bad unlock balance detected!/,
        name: "BUG: bad unlock balance in %1",
        stack: { parts: [pattern("{{PC}} +{{FUNC}}"), CALL_TRACE, "trace"] },
      },
      {
        title: /BUG: held lock freed!/,
        report: [/BUG: held lock freed!/, pattern("{{PC}} +{{FUNC}}")],
        name: "BUG: held lock freed in %1",
      },
      plain("BUG: Bad rss-counter state", "BUG: Bad rss-counter state"),
      plain("BUG: non-zero nr_ptes on freeing mm", "BUG: non-zero nr_ptes on freeing mm"),
      plain("BUG: non-zero nr_pmds on freeing mm", "BUG: non-zero nr_pmds on freeing mm"),
      {
        title: /BUG: Dentry .* still in use/,
        report: [/BUG: Dentry .* still in use \([0-9]+\) \[(unmount) of ([^\]]+)\]/],
        name: "BUG: Dentry still in use in %1",
        alt: ["BUG: Dentry still in use [%1 of %2]"],
      },
      {
        title: /BUG: Bad page (state|cache)/,
        name: "BUG: Bad page %1 in %2",
        stack: {
          parts: [/page last allocated/, "trace"],
          skip: [
            "(free|put|get|update|release)_page",
            "free_unref",
            "^_*folio",
            "truncate_inode_pages",
            "page_frag_free",
            "alloc",
            "vmap",
            "page_owner",
          ],
        },
      },
      { title: /BUG: Bad page map/, name: "BUG: Bad page map" },
      plain("BUG: workqueue lockup", "BUG: workqueue lockup"),
      inTrace(
        "BUG: sleeping function called from invalid context at (.*)",
        "BUG: sleeping function called from invalid context in %2",
      ),
      inTrace(
        "BUG: using ([a-z_]+)\\(\\) in preemptible",
        "BUG: using %1() in preemptible code in %2",
        "dump_stack",
        "preemption",
        "preempt",
        "debug_",
        "processor_id",
        "this_cpu",
      ),
      {
        title: /BUG: workqueue leaked lock or atomic/,
        report: [/BUG: workqueue leaked lock or atomic/, /last function: ([a-zA-Z0-9_]+)$/],
        name: "BUG: workqueue leaked lock or atomic in %1",
        noStackTrace: true,
      },
      {
        title: /BUG: memory leak/,
        name: "memory leak in %1",
        stack: {
          parts: [/backtrace(?: \(crc [0-9a-fA-F]*\))?:/, "trace"],
          skip: [
            "kmemleak",
            "mmap",
            "kmem",
            "slab",
            "alloc",
            "create_object",
            "idr_get",
            "list_lru_init",
            "kasprintf",
            "kvasprintf",
            "pcpu_create",
            "strdup",
            "strndup",
            "memdup",
          ],
        },
      },
      {
        title: /BUG: .*stack guard page was hit at/,
        name: "BUG: stack guard page was hit in %1",
        alt: ["stack-overflow in %1"],
        stack: { ...fault, choose: stalledFrame },
      },
      inTrace("BUG: Invalid wait context", "WARNING: locking bug in %1", "lock_sock", "release_sock"),
      lost("BUG:\\s*$", "BUG: corrupted"),
    ],
    except: [/DEBUG:/, /xlog_status:/, /BUG: no syscalls can create resource/],
  },
  {
    header: "WARNING:",
    formats: [
      warned(
        "WARNING: .*lib/debugobjects\\.c.* (?:debug_print|debug_check|at)",
        "WARNING: ODEBUG bug in %1",
        "debug_",
        "rcu",
        "hrtimer_",
        "timer_",
        "work_",
        "percpu_",
        "vunmap",
        "vfree",
        "__free_",
        "debug_check",
        "kobject_",
      ),
      warned("WARNING: .*mm/usercopy\\.c.* (?:usercopy_warn|at)", "WARNING: bad usercopy in %1", "usercopy", "__check"),
      warned("WARNING: .*lib/kobject\\.c.* (?:kobject_|at)", "WARNING: kobject bug in %1", "kobject_"),
      warned("WARNING: .*fs/proc/generic\\.c.* (?:proc_register|at)", "WARNING: proc registration bug in %1", "proc_"),
      warned("WARNING: .*lib/refcount\\.c.* (?:refcount_|at)", "WARNING: refcount bug in %1", "refcount", "kobject_"),
      warned("WARNING: .*kernel/locking/lockdep\\.c.*lock_", "WARNING: locking bug in %1", "lock_sock", "release_sock"),
      {
        title: /WARNING: .*still has locks held!/,
        report: [/WARNING: .*still has locks held!/, pattern("at: {{FUNC}}")],
        name: "WARNING: still has locks held in %1",
      },
      warned("WARNING: Nested lock was not taken", "WARNING: nested lock was not taken in %1"),
      {
        title: /WARNING: lock held when returning to user space/,
        report: [
          /WARNING: lock held when returning to user space/,
          /leaving the kernel with locks still held/,
          pattern("at: (?:{{PC}} +)?{{FUNC}}"),
        ],
        name: "WARNING: lock held when returning to user space in %1",
        noStackTrace: true,
      },
      warned("WARNING: .*mm/.*\\.c.* k?.?malloc", "WARNING: kmalloc bug in %1", "kmalloc", "krealloc", "slab", "kmem"),
      warned("WARNING: .*mm/vmalloc.c.*__vmalloc_node", "WARNING: zero-size vmalloc in %1"),
      warned(
        "WARNING: .* usb_submit_urb",
        "WARNING in %1/usb_submit_urb",
        "usb_submit_urb",
        "usb_start_wait_urb",
        "usb_bulk_msg",
        "usb_interrupt_msg",
        "usb_control_msg",
      ),
      warned("WARNING: {{SRC}} at 0x\\d+, CPU#\\d+", "WARNING in %2"),
      warned("WARNING: .* at {{SRC}} {{FUNC}}", "WARNING in %3"),
      warned("WARNING: {{SRC}} at {{FUNC}}", "WARNING in %3"),
      warned("WARNING: \\[.*\\] {{SRC}} at {{FUNC}}.*", "WARNING in %3"),
      {
        title: /WARNING: possible circular locking dependency detected/,
        report: [/WARNING: possible circular locking dependency detected/, /is trying to acquire lock/],
        name: "possible deadlock in %1",
        stack: {
          parts: [pattern("at: (?:{{PC}} +)?{{FUNC}}"), pattern("at: (?:{{PC}} +)?{{FUNC}}"), "trace"],
          skip: ["process_one_work", "flush_workqueue", "drain_workqueue", "destroy_workqueue"],
        },
      },
      {
        title: /WARNING: possible irq lock inversion dependency detected/,
        report: [
          /WARNING: possible irq lock inversion dependency detected/,
          /just changed the state of lock/,
          pattern("at: (?:{{PC}} +)?{{FUNC}}"),
        ],
        name: "possible deadlock in %1",
      },
      {
        title: /WARNING: .*-safe -> .*-unsafe lock order detected/,
        name: "possible deadlock in %1",
        stack: { parts: [/which became (?:.*) at:/, "trace"] },
      },
      {
        title: /WARNING: possible recursive locking detected/,
        report: [
          /WARNING: possible recursive locking detected/,
          /is trying to acquire lock/,
          pattern("at: (?:{{PC}} +)?{{FUNC}}"),
        ],
        name: "possible deadlock in %1",
      },
      {
        title: /WARNING: inconsistent lock state/,
        report: [/WARNING: inconsistent lock state/, /takes/, pattern("at: (?:{{PC}} +)?{{FUNC}}")],
        name: "inconsistent lock state in %2",
        stack: trace(),
      },
      {
        title: /WARNING: suspicious RCU usage/,
        report: [/WARNING: suspicious RCU usage/, pattern("{{SRC}}")],
        name: "WARNING: suspicious RCU usage in %2",
        stack: trace("rcu", "kmem", "slab"),
      },
      plain(
        "WARNING: kernel stack regs at [0-9a-f]+ in [^ ]* has bad '([^']+)' value",
        "WARNING: kernel stack regs has bad '%1' value",
      ),
      plain(
        "WARNING: kernel stack frame pointer at [0-9a-f]+ in [^ ]* has bad value",
        "WARNING: kernel stack frame pointer has bad value",
      ),
      {
        title: /WARNING: bad unlock balance detected!/,
        name: "WARNING: bad unlock balance in %1",
        stack: { parts: [pattern("{{PC}} +{{FUNC}}"), CALL_TRACE, "trace"] },
      },
      {
        title: /WARNING: held lock freed!/,
        report: [/WARNING: held lock freed!/, pattern("at:(?: {{PC}})? +{{FUNC}}")],
        name: "WARNING: held lock freed in %1",
      },
      plain("WARNING: kernel stack regs .* has bad 'bp' value", "WARNING: kernel stack regs has bad value"),
      plain("WARNING: kernel stack frame pointer .* has bad value", "WARNING: kernel stack regs has bad value"),
      lost("WARNING:\\s*$", "WARNING: corrupted"),
    ],
    except: [
      /WARNING: \/etc\/ssh\/moduli does not exist, using fixed modulus/,
      /WARNING: workqueue cpumask: online intersect > possible intersect/,
      /WARNING: [Tt]he mand mount option/,
      /WARNING: Unsupported flag value\(s\) of 0x%x in DT_FLAGS_1/,
      /WARNING: Unprivileged eBPF is enabled with eIBRS/,
      /WARNING: fbcon: Driver '.*' missed to adjust virtual screen size/,
      /WARNING: See https.* for mitigation options\./,
      /WARNING: kernel not compiled with CPU_SRSO/,
      /EXT4-[Ff][Ss](?: \(.*\))?:/,
      /warning: .* uses (?:deprecated v2 capabilities|wireless extensions)/i,
      /XFS \(\w+\): WARNING/,
    ],
  },
  {
    header: "INFO:",
    formats: [
      {
        title: /INFO: possible circular locking dependency detected/,
        report: [
          /INFO: possible circular locking dependency detected \]/,
          /is trying to acquire lock/,
          pattern("at: {{PC}} +{{FUNC}}"),
        ],
        name: "possible deadlock in %1",
      },
      {
        title: /INFO: possible irq lock inversion dependency detected/,
        report: [
          /INFO: possible irq lock inversion dependency detected \]/,
          /just changed the state of lock/,
          pattern("at: {{PC}} +{{FUNC}}"),
        ],
        name: "possible deadlock in %1",
      },
      {
        title: /INFO: SOFTIRQ-safe -> SOFTIRQ-unsafe lock order detected/,
        report: [
          /INFO: SOFTIRQ-safe -> SOFTIRQ-unsafe lock order detected \]/,
          /is trying to acquire/,
          pattern("at: {{PC}} +{{FUNC}}"),
        ],
        name: "possible deadlock in %1",
      },
      {
        title: /INFO: possible recursive locking detected/,
        report: [
          /INFO: possible recursive locking detected \]/,
          /is trying to acquire lock/,
          pattern("at: {{PC}} +{{FUNC}}"),
        ],
        name: "possible deadlock in %1",
      },
      {
        title: /INFO: inconsistent lock state/,
        report: [/INFO: inconsistent lock state \]/, /takes/, pattern("at: {{PC}} +{{FUNC}}")],
        name: "inconsistent lock state in %1",
      },
      {
        title: /INFO: rcu_(?:preempt|sched|bh) (?:self-)?detected(?: expedited)? stall/,
        name: "INFO: rcu detected stall in %1",
        alt: ["stall in %1"],
        stack: {
          parts: [/apic_timer_interrupt/, INSTRUCTION_POINTER, "trace"],
          otherwise: [/(?:apic_timer_interrupt|Exception stack|el1h_64_irq)/, "trace"],
          skip: ["apic_timer_interrupt", "rcu"],
          choose: stalledFrame,
        },
      },
      inTrace(
        "INFO: trying to register non-static key",
        "INFO: trying to register non-static key in %1",
        "stack",
        "lock",
        "IRQ",
      ),
      {
        title: /INFO: suspicious RCU usage/,
        report: [/INFO: suspicious RCU usage/, pattern("{{SRC}}")],
        name: "INFO: suspicious RCU usage in %2",
        stack: trace("rcu", "kmem", "slab"),
      },
      {
        title: /INFO: task .* blocked for more than [0-9]+ seconds/,
        name: "INFO: task hung in %1",
        alt: ["hang in %1"],
        stack: { ...trace(), choose: hungFrame },
      },
      {
        title: /INFO: task .* can't die for more than .* seconds/,
        name: "INFO: task can't die in %1",
        alt: ["hang in %1"],
        stack: trace("schedule"),
      },
      // What is left of a KASAN report of 4.0 … 4.6 whose first lines were lost.
      lost("INFO: (Freed|Allocated) in (.*)", "INFO: %1 in %2"),
      lost("INFO:\\s*$", "INFO: corrupted"),
    ],
    except: [
      /INFO: lockdep is turned off/,
      /INFO: Stall ended before state dump start/,
      /INFO: NMI handler/,
      /INFO: recovery required on readonly filesystem/,
      /(?:handler|interrupt).*took too long/,
      /INFO: sys_.* is not present in \/proc\/kallsyms/,
      /INFO: no syscalls can create resource/,
      /rmt_storage:INFO:/,
      /_INFO:/,
    ],
  },
  {
    header: "Unable to handle kernel",
    formats: [
      {
        title: /Unable to handle kernel (paging request|NULL pointer dereference|access to user memory)/,
        name: "BUG: unable to handle kernel %1 in %2",
        alt: ["bad-access in %2"],
        stack: fault,
      },
    ],
  },
  {
    header: "general protection fault",
    formats: [
      {
        title: /general protection fault.*:/,
        name: "general protection fault in %1",
        alt: ["bad-access in %1"],
        stack: fault,
      },
    ],
    except: [/general protection fault .* error:\d+ in /],
  },
  {
    header: "stack segment: ",
    formats: [{ title: /stack segment: /, name: "stack segment fault in %1", stack: fault }],
  },
  {
    header: "Kernel panic",
    formats: [
      {
        title: /Kernel panic - not syncing: stack-protector:/,
        report: [pattern("Kernel panic - not syncing: stack-protector: Kernel stack is corrupted in: {{FUNC}}")],
        name: "kernel panic: stack is corrupted in %1",
        noStackTrace: true,
      },
      {
        title: /Kernel panic - not syncing: stack-protector:/,
        report: [/Kernel panic - not syncing: stack-protector: Kernel stack is corrupted in: [a-f0-9]+/],
        name: "kernel panic: stack is corrupted in %1",
        stack: trace("stack_chk"),
      },
      {
        title: /Kernel panic - not syncing: corrupted stack end/,
        report: [/Kernel panic - not syncing: corrupted stack end detected inside scheduler/],
        name: "kernel panic: corrupted stack end in %1",
        alt: ["stack-overflow in %1"],
        stack: { ...trace("schedule", "retint_kernel"), choose: stalledFrame },
      },
      {
        title: /Kernel panic - not syncing: kernel stack overflow/,
        name: "kernel stack overflow in %1",
        alt: ["stack-overflow in %1"],
        stack: { ...trace("bad_stack"), choose: stalledFrame },
      },
      { title: /Kernel panic - not syncing: Attempted to kill init!/, name: "kernel panic: Attempted to kill init!" },
      // These follow reports. Where one comes first, the report was lost.
      lost("Kernel panic - not syncing: Fatal exception", "kernel panic: Fatal exception"),
      lost("Kernel panic - not syncing: panic_on_warn set", "kernel panic: panic_on_warn set"),
      lost("Kernel panic - not syncing: hung_task: blocked tasks", "kernel panic: hung_task: blocked tasks"),
      { title: /Kernel panic - not syncing: (.*)/, name: "kernel panic: %1" },
    ],
  },
  {
    header: "PANIC: double fault",
    formats: [{ title: /PANIC: double fault/, name: "PANIC: double fault in %1", stack: pointer }],
  },
  {
    header: "kernel BUG",
    formats: [
      inTrace("kernel BUG at mm/usercopy.c", "BUG: bad usercopy in %1", "usercopy", "__check"),
      { ...inTrace("kernel BUG at lib/list_debug.c", "BUG: corrupted list in %1"), alt: ["bad-access in %1"] },
      { title: /kernel BUG at (.*)/, name: "kernel BUG in %2", stack: { ...fault, skip: ["^skb_"] } },
    ],
  },
  { header: "Kernel BUG", formats: [{ title: /Kernel BUG (.*)/, name: "kernel BUG %1" }] },
  {
    header: "BUG kmalloc-",
    formats: [{ title: /BUG kmalloc-.*: Object already free/, name: "BUG: Object already free" }],
  },
  {
    header: "divide error:",
    formats: [{ title: /divide error: /, name: "divide error in %1", stack: pointer }],
  },
  {
    header: "divide_error:",
    formats: [{ title: /divide_error: /, name: "divide error in %1", stack: pointer }],
  },
  {
    header: "invalid opcode:",
    formats: [{ title: /invalid opcode: /, name: "invalid opcode in %1", stack: pointer }],
  },
  {
    header: "UBSAN:",
    formats: [
      {
        title: /UBSAN:/,
        report: [/UBSAN: Undefined behaviour in/],
        name: "UBSAN: undefined-behaviour in %1",
        stack: trace("ubsan", "overflow"),
      },
      {
        title: /UBSAN: array-index-out-of-bounds in/,
        name: "UBSAN: array-index-out-of-bounds in %1",
        alt: ["bad-access in %1"],
        stack: trace("ubsan", "overflow"),
      },
      {
        title: /UBSAN:/,
        report: [/UBSAN: (.*?) in/],
        name: "UBSAN: %1 in %2",
        stack: trace("ubsan", "overflow"),
      },
    ],
  },
  {
    header: "unregister_netdevice: waiting for",
    formats: [
      plain(
        "unregister_netdevice: waiting for (?:.*) to become free",
        "unregister_netdevice: waiting for DEV to become free",
      ),
    ],
  },
  {
    header: "VFS: Close: file count is 0",
    formats: [plain("VFS: Close: file count is 0", "VFS: Close: file count is zero (use-after-free)")],
  },
  {
    header: "VFS: Busy inodes after unmount",
    formats: [plain("VFS: Busy inodes after unmount", "VFS: Busy inodes after unmount (use-after-free)")],
  },
  {
    header: "Internal error:",
    formats: [{ title: /Internal error:/, name: "Internal error in %1", alt: ["bad-access in %1"], stack: fault }],
  },
  {
    header: "Unhandled fault:",
    formats: [{ title: /Unhandled fault:/, name: "Unhandled fault in %1", alt: ["bad-access in %1"], stack: fault }],
  },
  {
    header: "Alignment trap:",
    formats: [{ title: /Alignment trap:/, name: "Alignment trap in %1", stack: fault }],
  },
];

/** Lines of crashes that can follow another crash of the same code, and so begin no report of their own. */
export const CONTINUATIONS: readonly RegExp[] = [
  /invalid opcode: 0000/,
  /Kernel panic - not syncing/,
  /unregister_netdevice: waiting for/,
  // A fault while a fault is handled, if memory is badly damaged.
  /PANIC: double fault/,
  /Internal error:/,
];

/** Messages that are no crash but have a stack: what follows them may not belong to the report. */
export const STACK_MESSAGES: readonly string[] = [
  "vmalloc: allocation failure:",
  "FAULT_INJECTION: forcing a failure",
  "FAULT_FLAG_ALLOW_RETRY missing",
];
