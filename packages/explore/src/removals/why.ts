import { StepKind } from "../steps/step.ts";
import type { StepTrees } from "../steps/tree.ts";
import { LOCK_NAMES } from "../world/lock.ts";
import type { World } from "../world/world.ts";
import { firstLook, removalOf } from "./removal.ts";
import type { RemovalFacts } from "./watch.ts";

/** Says why nobody may notice that steps are left out: what the code is known to do, then what explorations have shown. */
export function whyUnnoticed(world: World, name: string, facts: RemovalFacts): string {
  const nodes = [...Array(world.trees.size).keys()].filter((node) => removalOf(world, node) === name);
  if (facts.scenarios === 0) return "only the set-up comes to it, in which nothing is judged";
  return (
    underLock(world.trees, nodes) ?? sinceFirstLook(world.trees, nodes) ?? idle(name, facts) ?? unseen(name, facts)
  );
}

/** Every CPU that takes the lock holds another one. */
function underLock(trees: StepTrees, nodes: readonly number[]): string | undefined {
  const acquire = nodes.find((node) => trees.kind[node] === StepKind.ACQUIRE);
  if (acquire === undefined) return undefined;
  const lock = trees.a[acquire];
  const all = [...Array(trees.size).keys()].filter(
    (node) => trees.kind[node] === StepKind.ACQUIRE && trees.a[node] === lock,
  );
  const outer = commonLock(all.map((node) => heldAt(trees, node)));
  return outer === undefined ? undefined : `every CPU that takes it holds the lock of the ${LOCK_NAMES[outer]}`;
}

/** The same lock is held from the first look until the re-check. */
function sinceFirstLook(trees: StepTrees, nodes: readonly number[]): string | undefined {
  if (nodes.some((node) => trees.kind[node] !== StepKind.READ)) return undefined;
  const held = nodes.map((node) => {
    const before = heldAt(trees, firstLook(trees, node));
    return before.filter((lock) => !releasedSince(trees, node, lock));
  });
  const lock = commonLock(held);
  return lock === undefined ? undefined : `the lock of the ${LOCK_NAMES[lock]} is held since the first look`;
}

/** The locks that an operation holds when it comes to a node. */
function heldAt(trees: StepTrees, node: number): number[] {
  const held = new Set<number>();
  for (const at of trees.path(node).slice(0, -1)) {
    if (trees.kind[at] === StepKind.ACQUIRE) held.add(trees.a[at]);
    if (trees.kind[at] === StepKind.RELEASE) held.delete(trees.a[at]);
  }
  return [...held];
}

function releasedSince(trees: StepTrees, node: number, lock: number): boolean {
  const path = trees.path(node);
  const between = path.slice(path.indexOf(firstLook(trees, node)));
  return between.some((at) => trees.kind[at] === StepKind.RELEASE && trees.a[at] === lock);
}

const commonLock = ([first = [], ...rest]: readonly number[][]): number | undefined =>
  first.find((lock) => rest.every((locks) => locks.includes(lock)));

/** What it would have done never was to do. */
function idle(name: string, { effective, shared, scenarios }: RemovalFacts): string | undefined {
  if (effective > 0) return undefined;
  const nowhere = scenarios === 1 ? "in the one scenario that comes to it" : `in any of ${scenarios} scenarios`;
  switch (name.split(" ", 1)[0]) {
    case "lock":
      return `no two CPUs want it at a time, ${nowhere}`;
    case "flush":
      return `no TLB holds anything that it would make it forget, ${nowhere}`;
    case "fill":
      return `it writes nothing but what is there already, ${nowhere}`;
    case "re-check":
      return shared === 0
        ? "no scenario has two CPUs of which one changes what the other looks at again"
        : `nothing changes between the first look and this one, ${nowhere}`;
    default:
      return `it has nothing to order or to wait for, ${nowhere}`;
  }
}

/** It does something, which no operation of the scenarios looks at. */
function unseen(name: string, { effective, shared, together, scenarios }: RemovalFacts): string {
  const isFill = name.startsWith("fill");
  if (isFill && shared === 0) return "no scenario has an access that reads what it fills";
  if (!isFill && together === 0) return "no scenario has two CPUs that come to it";
  const does = `it does something in ${effective} of the ${scenarios} scenarios that come to it`;
  return `${does}, but no access there comes out otherwise; more operations (--bounds, --cpu) may`;
}
