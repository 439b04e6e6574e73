import type { Platform } from "@kasan/platform";
import type { KasanReport } from "@kasan/report";
import type { MakePageScheme } from "@kasan/shadow";
import type { MakeScheme } from "@kasan/vmalloc";
import type { MemorySink } from "../api/memory-events.ts";
import type { TestEvent } from "../api/test-log.ts";
import { KernelError } from "../error.ts";
import type { Mechanism } from "../kasan/generic/mechanisms.ts";
import { checkPerPage, modeNamed } from "../kasan/modes/index.ts";
import type { ModeName } from "../kasan/modes/mode.ts";
import type { BootParameters } from "../kasan/parameters.ts";
import type { TimeoutSite } from "../log/oops.ts";
import type { LogSink } from "../log/printk.ts";
import type { PageLayout } from "../mm/page-layout.ts";
import type { TaskThreads } from "../sched/scheduler.ts";
import type { ClockKind } from "../smp/clock.ts";
import { memoryText } from "./memory-text.ts";

/** Options for building a machine. */
export interface MachineOptions {
  /** The processor and its page tables. */
  readonly architecture: Platform;
  /** Size of RAM in bytes: a multiple of 1 MB, 16 MB … 2 GB. */
  readonly memoryBytes: number;
  /** Number of CPUs, 1 … 8; 1 by default. Each CPU after the first runs in host threads of its own. */
  readonly cpus?: number;
  /**
   * `generic`: KASAN with a shadow byte per 8 bytes. `sw_tags`: KASAN with a tag per 16 bytes, on an architecture that ignores the
   * top byte of addresses. `hw_tags`: the same with tags that the processor keeps and compares (arm64 MTE). `off`: a kernel without
   * KASAN.
   */
  readonly mode: ModeName;
  /** KASAN parameters of the kernel's command line; {@link DEFAULT_BOOT_PARAMETERS} by default. */
  readonly boot?: BootParameters;
  /** Seed of all random numbers; the same seed gives the same run. */
  readonly seed: number;
  /** `virtual`, the default: time advances in steps that are the same in every run. `real`: time follows the host's clock. */
  readonly clock?: ClockKind;
  /** Report every bug (`kasan_multi_shot`) instead of only the first, the kernel's default. */
  readonly multiShot: boolean;
  /** Panic after the first report or warning (`panic_on_warn`). */
  readonly panicOnWarn: boolean;
  /**
   * Which pages of the direct map have shadow: one of `PAGE_SCHEMES` of `@kasan/shadow`, or a custom one. Generic mode only. By
   * default all pages have shadow, a byte per granule.
   */
  readonly shadowScheme?: MakePageScheme;
  /** How vmalloc space is backed with shadow: one of `SCHEMES` of `@kasan/vmalloc`, or a custom one. `lazy` by default. */
  readonly vmallocShadow?: MakeScheme;
  /**
   * Whether task stacks are in vmalloc space (CONFIG_VMAP_STACK) or in the direct map. By default in vmalloc space if it has
   * shadow.
   */
  readonly vmapStack?: boolean;
  /** Whether checks survive unmapped shadow and report the access (as with probe_kernel_read). False by default. */
  readonly probeShadow?: boolean;
  /** KASAN mechanisms to leave out, to show their purpose. None by default. */
  readonly without?: readonly Mechanism[];
  /** The kernel version that the machine reports. */
  readonly version: string;
  /** Where page descriptors have their fields, as guests know them; as in 6.12 by default. */
  readonly pageLayout?: PageLayout;
  /**
   * The guest's time limit in seconds, for the message when it is exceeded. The caller measures time and interrupts the CPUs
   * (`Interrupt.TIMEOUT`). 0 by default.
   */
  readonly timeout?: number;
  /** Whether there is room for a {@link Snapshot}: the buffer is twice as long. False by default. */
  readonly snapshot?: boolean;
  /** Host threads for the guest's tasks. None by default: only the first task runs. */
  readonly threads?: TaskThreads;
  /** Receives the kernel log. */
  readonly log: LogSink;
  /** Called whenever the number of shadow pages of vmalloc and module space changes: the time in ns, pages. */
  readonly onVmallocShadow?: (time: number, pages: number) => void;
  /**
   * Receives what guests allocate and free. Only the thread that booted the machine tells; with several CPUs, that is one of them. Without
   * it, calls cost the same as ever.
   */
  readonly onMemory?: MemorySink;
  /** Receives KUnit's events instead of the machine's own `TestLog`. */
  readonly onTest?: (event: TestEvent) => void;
  /** Receives each KASAN report as data, right after it is printed. */
  readonly onReport?: (report: KasanReport) => void;
  /** Called when the guest exceeds its time limit. */
  readonly onTimeout?: (site: TimeoutSite) => void;
}

/** Maximum number of CPUs of a machine (CONFIG_NR_CPUS of the guest headers). */
export const MAX_CPUS = 8;

const MIB = 2 ** 20;

/**
 * Validates options.
 *
 * @throws {@link KernelError} `CONFIG` if no machine can be built from them
 */
export function checkOptions({
  memoryBytes,
  architecture,
  mode,
  without = [],
  cpus = 1,
  shadowScheme,
}: Omit<MachineOptions, "log">): void {
  if (!Number.isInteger(cpus) || cpus < 1 || cpus > MAX_CPUS) {
    throw new KernelError("CONFIG", `a machine with ${cpus} CPUs; give 1 to ${MAX_CPUS}`);
  }
  if (memoryBytes % MIB !== 0 || memoryBytes < 16 * MIB || memoryBytes > 2048 * MIB) {
    throw new KernelError(
      "CONFIG",
      `a machine with ${memoryText(memoryBytes)} of memory; give whole megabytes, 16M to 2048M`,
    );
  }
  const { needsTopByteIgnored, hasMechanisms } = modeNamed(mode);
  if (needsTopByteIgnored && architecture.ignoredTopBits !== 8) {
    throw new KernelError(
      "CONFIG",
      `tags need a processor that ignores the top byte of addresses, which ${architecture.name} does not; give --arch arm64`,
    );
  }
  if (!hasMechanisms && without.length > 0) {
    throw new KernelError("CONFIG", `${without[0]} is a mechanism of generic KASAN; leave it out of generic mode`);
  }
  if (shadowScheme) checkPerPage(modeNamed(mode));
  if (shadowScheme && without.includes("page-poison")) {
    throw new KernelError("CONFIG", "per-page shadow is made of freed pages' poison; leave --without page-poison out");
  }
  if (![12, 14, 16].includes(architecture.pageShift)) {
    const size = 2 ** architecture.pageShift;
    throw new KernelError(
      "CONFIG",
      `${architecture.name}: this kernel knows pages of 4K, 16K and 64K, not of ${size} bytes`,
    );
  }
}
