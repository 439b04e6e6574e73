import { CellKind } from "../machine/cells.ts";
import { BarrierKind, StepKind } from "../steps/step.ts";
import type { StepTrees } from "../steps/tree.ts";
import { LOCK_NAMES } from "../world/lock.ts";
import type { World } from "../world/world.ts";

/** What {@link removalOf} has to know. */
type Known = Pick<World, "trees" | "cells" | "model">;

/** Name of the mutation that leaves out a node's step; undefined if the step cannot be left out. */
export function removalOf({ trees, cells, model }: Known, node: number): string | undefined {
  const site = trees.sites[trees.site[node]];
  const a = trees.a[node];
  switch (trees.kind[node]) {
    case StepKind.ACQUIRE:
    case StepKind.RELEASE:
      return `${lockRemoval(LOCK_NAMES[a])}${site}`;
    case StepKind.BARRIER: {
      const { barrier, contextBarrier } = model.instructions;
      // Linux' own name, on every processor.
      const name = a === BarrierKind.STORES ? "smp_wmb" : a === BarrierKind.ALL ? barrier : contextBarrier;
      return `${name} in ${site}`;
    }
    case StepKind.SHOOT:
    case StepKind.WAIT:
      return `flush in ${site}`;
    case StepKind.FLUSH_LOCAL:
      return `flush of this CPU in ${site}`;
    case StepKind.WRITE:
      return cells.kind[a] === CellKind.BYTE && cells.frame[a] >= 0 ? `fill in ${site}` : undefined;
    case StepKind.READ:
      return firstLook(trees, node) < 0 ? undefined : `re-check of ${CHECKED[cells.kind[a]]} in ${site}`;
    default:
      return undefined;
  }
}

const lockRemoval = (lock: string) => `lock of the ${lock} in `;

/** The locks, as bits, that some code does without if a mutation leaves out its steps. */
export const locksWithout = (removal: string): number =>
  LOCK_NAMES.reduce((bits, name, lock) => bits | (removal.startsWith(lockRemoval(name)) ? 1 << lock : 0), 0);

/** What a re-check looks at, by {@link CellKind}. */
const CHECKED: readonly string[] = ["a lock", "an entry", "a mark", "a count"];

/**
 * If a node's step reads again what its operation has read before and not written since: the node of the first look; else -1. The
 * reads of an access are no looks at the code's own data.
 */
export function firstLook(trees: StepTrees, node: number): number {
  const cell = trees.a[node];
  if (trees.b[node] === 1) return -1;
  let first = -1;
  for (let at = node; trees.parent[at] !== at; ) {
    at = trees.parent[at];
    if (trees.a[at] !== cell) continue;
    const kind = trees.kind[at];
    if (kind === StepKind.WRITE || kind === StepKind.ADD) break;
    if (kind === StepKind.READ) first = at;
  }
  return first;
}

/** What a read that {@link firstLook} finds a first look for gives if it is left out: what that look saw. */
export function seenBefore(trees: StepTrees, node: number): number {
  const first = firstLook(trees, node);
  let at = node;
  while (trees.parent[at] !== first) at = trees.parent[at];
  return trees.result[at];
}
