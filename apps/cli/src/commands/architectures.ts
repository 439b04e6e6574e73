import type { ModeName } from "@kasan/kernel";
import { KasanError } from "@kasan/shadow";
import { InvalidArgumentError, Option } from "commander";
import type { ProcessorChoice } from "../machine-plugins.ts";

/** What of a processor options can choose. */
export interface ProcessorFlags {
  readonly arch: "x86_64" | "arm64";
  readonly levels?: "4" | "5";
  readonly pageSize?: "4k" | "16k" | "64k";
  readonly vaBits?: number;
  readonly mode: ModeName;
}

/** An option that the chosen processor does not have. */
class ProcessorError extends KasanError {
  override name = "ProcessorError";
}

const ARCHITECTURE_NAMES = ["x86_64", "arm64"] as const;

const PAGE_SIZES = { "4k": 4096, "16k": 16384, "64k": 65536 } as const;

/** Options that choose a processor. */
export const processorOptions = (arch: "x86_64" | "arm64" = "x86_64"): Option[] => [
  new Option("--arch <name>", "processor").choices(ARCHITECTURE_NAMES).default(arch),
  new Option("--levels <n>", "x86_64: levels of page tables, 4 by default").choices(["4", "5"]),
  new Option("--page-size <size>", "arm64: bytes of a page, 4k by default").choices(Object.keys(PAGE_SIZES)),
  new Option("--va-bits <n>", "arm64: bits of a virtual address, 36 to 52, 48 by default").argParser(parseBits),
];

function parseBits(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("Give a number, like 48.");
  return Number(text);
}

/**
 * The processor that options choose.
 *
 * @throws KasanError `PROCESSOR` for an option of another processor
 */
export function processorChoice({ arch, levels, pageSize, vaBits, mode }: ProcessorFlags): ProcessorChoice {
  if (arch === "x86_64") {
    for (const [option, value] of Object.entries({ "--page-size": pageSize, "--va-bits": vaBits })) {
      if (value !== undefined)
        throw new ProcessorError("PROCESSOR", `${option} is of arm64; give --arch arm64 with it`);
    }
    return { name: arch, levels: levels === "5" ? 5 : 4 };
  }
  if (levels !== undefined) {
    throw new ProcessorError(
      "PROCESSOR",
      "--levels is of x86_64; on arm64, --page-size and --va-bits decide the levels",
    );
  }
  return {
    name: arch,
    pageSize: PAGE_SIZES[pageSize ?? "4k"],
    vaBits: vaBits ?? 48,
    kasan: mode === "off" ? "none" : mode,
  };
}
