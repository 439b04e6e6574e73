import type { ApiMachine } from "./machine.ts";

/**
 * Sets a kernel function's result to a pointer to newly allocated memory, with the memory's tag.
 *
 * @param physical - the memory's physical address; 0 is NULL
 * @returns the lower half, for the function to return
 */
export function resultObject({ cpu, directMap, kasan }: ResultMachine, physical: number): number {
  if (physical === 0) return cpu.result(0, 0);
  const { pointers, objects } = kasan.mode;
  return cpu.result(physical >>> 0, pointers.withTag(directMap.highOf(physical), objects.pointerTag(physical)));
}

/** The parts of a machine that produce results. */
export type ResultMachine = Pick<ApiMachine, "cpu" | "directMap" | "kasan">;
