import { x86_64 } from "@kasan/arch-x86";
import type { PlanMode } from "@kasan/kernel";
import type { Architecture } from "@kasan/mmu";
import { KasanError } from "@kasan/shadow";

/** What of a processor an option can choose. */
export interface ArchitectureChoice {
  readonly levels: "4" | "5";
  readonly mode: PlanMode;
}

/** A processor that is known but not there. */
class ArchitectureError extends KasanError {
  override name = "ArchitectureError";
}

/** Processors by the name that `--arch` takes. */
const ARCHITECTURES: Readonly<Record<string, (choice: ArchitectureChoice) => Architecture>> = {
  x86_64: ({ levels }) => x86_64({ levels: levels === "5" ? 5 : 4 }),
  arm64: () => {
    throw new ArchitectureError("ARCHITECTURE", "arm64 is not installed; give --arch x86_64");
  },
};

/** Names of the processors. */
export const ARCHITECTURE_NAMES: readonly string[] = Object.keys(ARCHITECTURES);

/**
 * The processor of a name.
 *
 * @throws KasanError `ARCHITECTURE` if it is not installed
 */
export const architectureOf = (name: string, choice: ArchitectureChoice): Architecture => ARCHITECTURES[name](choice);
