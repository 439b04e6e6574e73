import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ARCHITECTURE_FOLDER, HEADER_FOLDER } from "../compile/files.ts";
import { GuestError } from "../error.ts";
import { isBefore, type KernelVersion, type Version } from "./kernel-tree.ts";

/** A kernel's configuration: values by name without `CONFIG_`, as `.config` writes them: `y`, `m`, a number or a quoted string. */
export type KernelConfig = ReadonlyMap<string, string>;

const LINE = /^CONFIG_(\w+)=(.*)$/;
const VALUE = /^(?:[ymn]|"(?:[^"\\]|\\.)*"|-?\d+|0[xX][0-9a-fA-F]+)$/;
/** As many odd lines are shown; a file with more is something else. */
export const MAX_ODD_LINES = 5;
/** Characters of such a line that are shown. */
const SHOWN = 60;

/** Receives what is odd about an input that is used all the same. */
export type Warn = (text: string) => void;

/**
 * Reads the text of a `.config`. As `make oldconfig` does, it goes on after lines that it does not understand, and warns
 * (scripts/kconfig/confdata.c).
 *
 * @throws {@link GuestError} `BAD_INPUT` for a text without any option
 */
export function parseConfig(text: string, path: string, warn: Warn = () => {}): KernelConfig {
  const config = new Map<string, string>();
  const odd: string[] = [];
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    const [, name, value] = LINE.exec(line) ?? [];
    const say = (what: string) => odd.push(`${path}:${i + 1}: ${what}`);
    if (name === undefined) say(`unexpected data, left out: ${line.slice(0, SHOWN)}`);
    else if (!VALUE.test(value.trim())) say(`symbol value '${value.slice(0, SHOWN)}' invalid for ${name}, left out`);
    else {
      if (config.has(name)) say(`reassigning to symbol ${name}`);
      config.set(name, value.trim());
    }
  }
  if (config.size === 0) throw new GuestError("BAD_INPUT", `${path}: no kernel configuration; no line sets CONFIG_…`);
  for (const one of odd.slice(0, MAX_ODD_LINES)) warn(one);
  if (odd.length > MAX_ODD_LINES) warn(`${path}: ${odd.length - MAX_ODD_LINES} more lines like these`);
  // Off is what is not there.
  return new Map([...config].filter(([, value]) => value !== "n"));
}

/** Architectures by the option that only their configurations have. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  ...{ X86: "x86", ARM64: "arm64", RISCV: "riscv", ARM: "arm", PPC: "powerpc", S390: "s390", MIPS: "mips" },
  ...{ LOONGARCH: "loongarch", SPARC: "sparc", PARISC: "parisc", M68K: "m68k", UML: "um", ARC: "arc", CSKY: "csky" },
};

/**
 * Warns of a configuration that is used, but not for what it was made.
 *
 * @param processor - options of the machine's processor
 */
export function warnOfConfig(given: KernelConfig, path: string, processor: readonly string[], warn: Warn): void {
  const [other] = Object.keys(ARCHITECTURES).filter((name) => given.get(name) === "y" && !processor.includes(name));
  const own = processor.map((name) => ARCHITECTURES[name]).find((name) => name !== undefined);
  if (other !== undefined && own !== undefined) {
    warn(`${path}: a configuration of ${ARCHITECTURES[other]}, used for ${own} without what is of that processor`);
  }
  if (!given.has("MODULES")) {
    warn(`${path}: CONFIG_MODULES is off; here it is on, since what runs is loaded as a module`);
  }
}

/**
 * The configuration of a file, or the default one if there is none.
 *
 * @throws {@link GuestError} `BAD_INPUT`
 */
export async function readConfig(path: string | undefined, warn?: Warn): Promise<KernelConfig> {
  if (path === undefined) return defaultConfig();
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new GuestError("BAD_INPUT", `${path}: ${error.code === "ENOENT" ? "no such file" : error.message}`);
  });
  return parseConfig(text, path, warn);
}

/** `#define CONFIG_NAME 1` in this package's headers. */
const DEFINED = /^#define CONFIG_(\w+) (\d+)$/gm;

/** The configuration of modules that are compiled against the headers of this package. @param options - `CONFIG_NAME=value`, which add to it */
export function ownConfig(options: readonly string[]): KernelConfig {
  const text = readFileSync(join(HEADER_FOLDER, "linux/kconfig.h"), "utf8");
  const config = new Map([...text.matchAll(DEFINED)].map(([, name, value]) => [name, yes(value)]));
  for (const option of options) {
    const [, name, value = "1"] = /^CONFIG_(\w+)(?:=(.*))?$/.exec(option) ?? [];
    if (name !== undefined) config.set(name, yes(value));
  }
  return config;
}

const yes = (value: string): string => (value === "1" ? "y" : value);

/** What Linux 6.12's defconfig for x86-64 sets, with file systems, protocols and drivers that self tests need. */
export function defaultConfig(): KernelConfig {
  const path = join(ARCHITECTURE_FOLDER, "default.config");
  return parseConfig(readFileSync(path, "utf8"), path);
}

/**
 * Options that belong to a processor, its boot, or the compiler: what they promise in `asm/` is not in the architecture here, or the
 * machine does it in another way (memory model, preemption, tracing by patching code).
 */
const PROCESSOR = new RegExp(
  `^(?:${[
    "CRYPTO_\\w+_(?:X86_64|NI_INTEL|AVX\\w*|SSE\\w*|ARM\\w*|NEON)$|CRYPTO_ARCH_HAVE|IRQ_MSI_IOMMU|(?:OF_)?IOMMU|X86|AMD_|IA32|ARM|RISCV|PPC|S390|MIPS|ARCH_|HAVE_|CPU_|HOTPLUG_|MITIGATION_|PHYSICAL_|LEGACY_VSYSCALL|MODIFY_LDT|DMI",
    "ACPI|EFI|KVM|XEN|PARAVIRT|CRASH|KEXEC|VMCORE|PCSPKR|PCI_MMCONFIG|ISA_DMA|SWIOTLB|DMA_CMA|MAXSMP|NUMA",
    "CC_|AS_|LD_|GCC|CLANG|RUST|WERROR|ASSEMBLER|OUTPUT_FORMAT|DEBUG_INFO|MODVERSIONS|MODULE_SIG|KALLSYMS",
    "CALL_|FUNCTION_|RETHUNK|RETPOLINE|STACKPROTECTOR|RANDOMIZE|STRICT_|UNWINDER|NOINSTR|OBJTOOL|STACK_VALIDATION|SHADOW_CALL",
    "GENERIC_(?:ENTRY|BUG|CSUM|IOMAP|MSI|PENDING|IRQ_MATRIX|IRQ_RESERVATION|PCI_IOMAP|EARLY_IOREMAP|CMOS|GETTIME)",
    "PERF_EVENTS|JUMP_LABEL|STATIC_CALL|KPROBES|KRETPROBES|OPTPROBES|UPROBE|FTRACE|TRACING|TRACEPOINTS|DYNAMIC_(?!DEBUG_CORE)|TRACE_IRQFLAGS",
    "QUEUED_|PREEMPT|TREE_RCU|SPARSE|MMU_GATHER|MMU_LAZY|SPLIT_P|ZONE_DEVICE|MEMORY_FAILURE|MEMBARRIER|PER_VMA|VMAP_STACK|NEED_",
    "CONTEXT_TRACKING|SOFTIRQ_ON|SYSCTL_EXC|SECCOMP|RSEQ|COMPAT$|COMPAT_|PROC_PID_ARCH|USER_RETURN|USER_STACKTRACE|VIRT_CPU|TICK_CPU",
    "UBSAN|KCSAN|KFENCE|KMSAN|KASAN|DEBUG_ENTRY|DEBUG_PREEMPT|INSTRUCTION_DECODER|DCACHE_WORD|BPF_JIT|BPF_SYSCALL|TIME_NS",
    "SYSFS|.*_SYSFS$|PROC_|.*_PROC_FS$|SYSCTL|.*_SYSCTL$|DEBUG_FS|.*_DEBUG_?FS$|AUDIT|QUOTA_NETLINK|RAID6_PQ_BENCHMARK|CGROUP|.*_CGROUP",
    "MODULE_UNLOAD|MODULES_TREE|SYSVIPC|POSIX_MQUEUE|NAMESPACES|UTS_NS|IPC_NS|PID_NS|TASK_|TASKSTATS|PSI|PROFILING|PM$|PM_|IRQ_WORK|NO_HZ|TICK_|RCU_NEED",
    "DEVTMPFS|KERNFS|UEVENT|HZ|LOCKDEP|PROVE_|DEBUG_LOCK|LOCK_SPIN|MUTEX_SPIN|RWSEM_SPIN|UNINLINE_SPIN|HARDIRQS_SW|FIX_EARLYCON|SCHED_OMIT|FPU|PAGE_SIZE_|FLATMEM",
  ].join("|")})`,
);

/** Whether an option is one that a configuration may set: neither the processor's nor the compiler's. */
export const isFree = (name: string): boolean => !PROCESSOR.test(name);

/** What the architecture here promises; see `arch/include/asm` of this package. */
const OURS: readonly (readonly [name: string, value: string])[] = [
  ...[
    "64BIT",
    "MMU",
    "MODULES",
    "SMP",
    "FLATMEM",
    "THREAD_INFO_IN_TASK",
    "PREEMPT_NONE",
    "PREEMPT_NONE_BUILD",
    "TREE_RCU",
    "RCU_STALL_COMMON",
    "TREE_SRCU",
    "GENERIC_CSUM",
    "GENERIC_HWEIGHT",
    "GENERIC_IOMAP",
    "GENERIC_PCI_IOMAP",
    "GENERIC_STRNCPY_FROM_USER",
    "GENERIC_STRNLEN_USER",
    "HAS_DMA",
    "HAS_IOMEM",
    "HAS_IOPORT",
    "MODULES_USE_ELF_RELA",
    "CC_IS_CLANG",
    "CC_HAS_ASM_INLINE",
    "CC_HAS_KASAN_MEMINTRINSIC_PREFIX",
    "HAVE_ALIGNED_STRUCT_PAGE",
    "HAVE_EFFICIENT_UNALIGNED_ACCESS",
    "HAVE_ARCH_KASAN",
    "HAVE_ARCH_KASAN_VMALLOC",
    "ARCH_SUPPORTS_INT128",
    "ARCH_HAS_FAST_MULTIPLIER",
    "ARCH_HAS_DMA_OPS",
    "ARCH_HAS_KERNEL_FPU_SUPPORT",
    "ARCH_DMA_ADDR_T_64BIT",
    "HZ_250",
    "PRINTK",
  ].map((name) => [name, "y"] as const),
  ["NR_CPUS", "8"],
  ["HZ", "250"],
  ["PGTABLE_LEVELS", "3"],
  ["CLANG_VERSION", "190000"],
  ["ARCH_MMAP_RND_BITS", "28"],
];

/** A configuration for the machine, and what of the given one does not apply. */
export interface AppliedConfig {
  readonly config: KernelConfig;
  /** Names of options that were given and that the machine does not have, or has with another value. */
  readonly ignored: readonly string[];
}

/**
 * Fits a configuration to the architecture here.
 *
 * @param machine - options that the machine's mode and page size set: `NAME` or `NAME=value`
 */
export function applyConfig(given: KernelConfig, machine: readonly string[]): AppliedConfig {
  const config = new Map([...given].filter(([name]) => isFree(name)));
  for (const [name, value] of OURS) config.set(name, value);
  for (const option of machine) {
    const [name, value = "y"] = option.replace(/^CONFIG_/, "").split("=");
    config.set(name, yes(value));
  }
  // Frees are only delayed in modes with a shadow (mm/Kconfig.debug).
  if (!config.has("KASAN_GENERIC") && !config.has("KASAN_SW_TAGS")) config.delete("SLUB_RCU_DEBUG");
  const ignored = [...given].filter(([name, value]) => config.get(name) !== value).map(([name]) => name);
  return { config, ignored };
}

/** How the compiler initializes variables on the stack, by option (Makefile at the top of a kernel). */
const STACK_INITIALIZATION = { INIT_STACK_ALL_ZERO: "zero", INIT_STACK_ALL_PATTERN: "pattern" };

/** Since then, structures have members that are only named by their type (CC_MS_EXTENSIONS in init/Kconfig). */
const MS_EXTENSIONS: Version = [6, 19];

/** Flags of the compiler that a configuration sets, or a version. */
export function compilerFlags(config: KernelConfig, version: KernelVersion): string[] {
  const initialization = Object.entries(STACK_INITIALIZATION)
    .filter(([option]) => config.get(option) === "y")
    .map(([, how]) => `-ftrivial-auto-var-init=${how}`);
  return [...initialization, ...(isBefore(version, MS_EXTENSIONS) ? [] : ["-fms-extensions"])];
}

/** The header `generated/autoconf.h` of a configuration (scripts/kconfig/confdata.c, `conf_write_autoconf`). */
export function autoconf(config: KernelConfig): string {
  const lines = [...config].map(([name, value]) => {
    if (value === "y") return `#define CONFIG_${name} 1`;
    return value === "m" ? `#define CONFIG_${name}_MODULE 1` : `#define CONFIG_${name} ${value}`;
  });
  return `${lines.join("\n")}\n`;
}
