import { featuresOf } from "../coverage.ts";
import type { Failure, Target } from "../target.ts";

/**
 * The smallest inputs that together reach what all do: for each feature, beginning with the rarest, the shortest input that has it, unless
 * one that was chosen has it as well (as `afl-cmin` does). Inputs that make something go wrong are not chosen.
 *
 * @param inputs - in any order
 * @param onFailure - called with the index of each input that makes something go wrong, before the next one runs
 * @returns indexes of the inputs that are kept, ascending
 */
export function mergeInputs(
  inputs: readonly Uint8Array[],
  target: Target,
  onFailure: (index: number, failure: Failure) => void = () => {},
): number[] {
  const features = inputs.map((input, index) => {
    const { counters, failure } = target(input);
    if (failure === undefined) return featuresOf(counters);
    onFailure(index, failure);
    return [];
  });
  const having = new Map<number, number[]>();
  for (const [index, all] of features.entries()) {
    for (const feature of all) having.set(feature, [...(having.get(feature) ?? []), index]);
  }
  const shorter = (a: number, b: number) => inputs[a].length - inputs[b].length || a - b;
  const covered = new Set<number>();
  const kept = new Set<number>();
  const rarestFirst = [...having].sort(([a, one], [b, other]) => one.length - other.length || a - b);
  for (const [feature, indexes] of rarestFirst) {
    if (covered.has(feature)) continue;
    const [shortest] = [...indexes].sort(shorter);
    kept.add(shortest);
    for (const one of features[shortest]) covered.add(one);
  }
  return [...kept].sort((a, b) => a - b);
}
