import { BarrierKind, StepKind } from "../steps/step.ts";
import { LOCK_NAMES } from "./lock.ts";
import type { World } from "./world.ts";

/** Name of the mutation that leaves out a node's step; undefined if the step cannot be left out. */
export function removalOf({ trees, model }: Pick<World, "trees" | "model">, node: number): string | undefined {
  const site = trees.sites[trees.site[node]];
  const a = trees.a[node];
  switch (trees.kind[node]) {
    case StepKind.ACQUIRE:
    case StepKind.RELEASE:
      return `lock of the ${LOCK_NAMES[a]} in ${site}`;
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
    default:
      return undefined;
  }
}
