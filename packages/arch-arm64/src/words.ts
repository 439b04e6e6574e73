import type { Architecture } from "@kasan/mmu";
import type { KernelWords } from "@kasan/platform";
import { DEFAULT_STYLE, type ReportStyle, ZONE_FIELD } from "@kasan/report";
import { LEVEL, lines, shadowFaultLine } from "@kasan/report/words";
import { ARM64_CRASHES } from "./crash.ts";
import { describeFault } from "./fault.ts";

/** Linux 6.12 on arm64, without NUMA and without tags. */
export const ARM64_STYLE: ReportStyle = {
  ...DEFAULT_STYLE,
  callTrace: "Call trace:",
  stackNames: false,
  crash: ARM64_CRASHES,
};

/** Linux 6.12 on arm64 with tag-based KASAN, without NUMA. */
export const ARM64_TAGS_STYLE: ReportStyle = {
  ...ARM64_STYLE,
  pageFields: [ZONE_FIELD, { name: "kasantag", shift: 54n, width: 8n, hex: true }],
};

/** How Linux 6.12 words what it logs on arm64, of page tables with this format. */
export function arm64Words(architecture: Architecture): KernelWords {
  return {
    style: ARM64_STYLE,
    tagsStyle: ARM64_TAGS_STYLE,
    dumpStack: ["dump_backtrace", "show_stack", "dump_stack_lvl"],
    thread: ["ret_from_fork"],
    entry: ["el0t_64_sync", "el0t_64_sync_handler", "el0_svc", "do_el0_svc", "el0_svc_common", "invoke_syscall"],
    syscall: "__arm64_sys_",
    exceptions: {
      divide: "Undefined instruction",
      alignment: "Undefined instruction",
      "illegal-instruction": "Undefined instruction",
      "indirect-call": "Undefined instruction",
    },
    fault(fault, { explanation, shadowFault }) {
      const kasan = shadowFault && shadowFaultLine(shadowFault);
      const words = describeFault(fault, { architecture, explanation, ...(kasan && { kasan }) });
      return {
        kind: "page-fault",
        address: fault.address,
        lines: lines(LEVEL.ALERT, ...words.lines),
        oops: words.oops,
        ...(shadowFault && { shadowFault }),
      };
    },
  };
}
