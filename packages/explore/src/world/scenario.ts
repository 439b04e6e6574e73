import type { UnusedShadow as UnusedShadowClass } from "@kasan/kernel";
import type { MemoryModel, Platform } from "@kasan/platform";
import type { MakePageScheme } from "@kasan/shadow";
import type { ShadowBackend, ShadowScheme, UnusedShadow, Vmalloc } from "@kasan/vmalloc";
import { ExploreError } from "../error.ts";
import { printable } from "../trace/fields.ts";

/** Says where the code is in a section in which it must not sleep, besides those of spin locks: lazy MMU mode. */
export interface Sections {
  /** The section begins. */
  enter(): void;
  /** It ends. */
  leave(): void;
}

/** A scheme to explore: one that ships, or a variant. */
export interface ExploredScheme {
  /** For people and command lines. */
  readonly name: string;
  /** Makes it, if it is one for vmalloc space. */
  readonly make?: (backend: ShadowBackend, sections: Sections) => ShadowScheme;
  /** Makes it, if it is one for the direct map. */
  readonly pages?: MakePageScheme;
  /** Whether a scheme for the direct map changes live entries in place, even where the architecture needs break-before-make. */
  readonly inPlace?: boolean;
  /** What unused shadow shows: as the scheme says. Unmapped by default. */
  readonly unused?: UnusedShadow;
  /** In place of the vmalloc that ships. */
  readonly vmalloc?: typeof Vmalloc;
  /** In place of what ships for shared pages of shadow. */
  readonly unusedShadow?: typeof UnusedShadowClass;
}

/** What is explored: a scheme, a machine, and what its CPUs do. */
export interface Scenario {
  /** For people. */
  readonly name: string;
  /** The scheme. */
  readonly scheme: ExploredScheme;
  /** The architecture. */
  readonly architecture: Platform;
  /** The order of memory. */
  readonly model: MemoryModel;
  /** Whether TLBs remember that nothing is mapped somewhere. */
  readonly cachesInvalid: boolean;
  /** Pages of vmalloc space, or of memory. */
  readonly pages: number;
  /** Pages of RAM for shadow and tables. */
  readonly frames: number;
  /** Entries of a store buffer. */
  readonly buffer: number;
  /** Names of areas. */
  readonly handles: readonly string[];
  /** Operations that run alone, before the CPUs start. */
  readonly setup: readonly string[];
  /** By CPU: its operations. */
  readonly programs: readonly (readonly string[])[];
  /** A step that is left out, wherever code asks for it. */
  readonly without?: string;
}

/** Runs a scheme's own code outside of any operation. `what`: how it fails. @throws {@link ExploreError} `SCHEME` if it does */
export function ofScheme<T>({ name }: ExploredScheme, what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ExploreError("SCHEME", printable(`the scheme ${name} ${what}: ${why}`));
  }
}
