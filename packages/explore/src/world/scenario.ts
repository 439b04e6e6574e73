import type { UnusedShadow as UnusedShadowClass } from "@kasan/kernel";
import type { MemoryModel, Platform } from "@kasan/platform";
import type { MakePageScheme } from "@kasan/shadow";
import type { ShadowBackend, ShadowScheme, UnusedShadow, Vmalloc } from "@kasan/vmalloc";
import { ExploreError } from "../error.ts";
import { printable } from "../trace/fields.ts";

/** Marks sections in which code must not sleep, besides those under spinlocks: lazy MMU mode. */
export interface Sections {
  /** The section starts. */
  enter(): void;
  /** The section ends. */
  leave(): void;
}

/** A scheme to explore: a shipped one, or a variant. */
export interface ExploredScheme {
  /** Name for messages and command lines. */
  readonly name: string;
  /** Creates it, if it is for vmalloc space. */
  readonly make?: (backend: ShadowBackend, sections: Sections) => ShadowScheme;
  /** Creates it, if it is for the direct map. */
  readonly pages?: MakePageScheme;
  /** Whether a scheme for the direct map changes live entries in place even if the architecture needs break-before-make. */
  readonly inPlace?: boolean;
  /** The mapping of unused shadow, as the scheme declares it. Unmapped by default. */
  readonly unused?: UnusedShadow;
  /** Replaces the shipped vmalloc. */
  readonly vmalloc?: typeof Vmalloc;
  /** Replaces the shipped code for shared shadow pages. */
  readonly unusedShadow?: typeof UnusedShadowClass;
}

/** The subject of an exploration: a scheme, a machine, and the programs of its CPUs. */
export interface Scenario {
  /** Name for messages. */
  readonly name: string;
  /** The scheme. */
  readonly scheme: ExploredScheme;
  /** The architecture. */
  readonly architecture: Platform;
  /** The memory model. */
  readonly model: MemoryModel;
  /** Whether TLBs cache invalid entries. */
  readonly cachesInvalid: boolean;
  /** Pages of vmalloc space, or of memory. */
  readonly pages: number;
  /** Pages of RAM for shadow and tables. */
  readonly frames: number;
  /** Entries of a store buffer. */
  readonly buffer: number;
  /** Names of areas. */
  readonly handles: readonly string[];
  /** Operations that run alone before the CPUs start. */
  readonly setup: readonly string[];
  /** Operations, by CPU. */
  readonly programs: readonly (readonly string[])[];
  /** A step that is left out wherever code requests it. */
  readonly without?: string;
}

/**
 * Runs a scheme's code outside any operation. `what`: what fails, for the message. @throws {@link ExploreError} `SCHEME` if it
 * fails
 */
export function ofScheme<T>({ name }: ExploredScheme, what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ExploreError("SCHEME", printable(`the scheme ${name} ${what}: ${why}`));
  }
}
