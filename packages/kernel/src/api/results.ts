import type { ApiMachine } from "./machine.ts";

/**
 * Leaves a pointer to what was just allocated, which has the memory's tag, as a kernel function's result.
 *
 * @param physical - its physical address; 0 is NULL
 * @returns the lower half, for the function to return
 */
export function resultObject({ cpu, directMap, kasan }: ResultMachine, physical: number): number {
  if (physical === 0) return cpu.result(0, 0);
  const { pointers, objects } = kasan.mode;
  return cpu.result(physical >>> 0, pointers.withTag(directMap.highOf(physical), objects.pointerTag(physical)));
}

/** What results are made with. */
export type ResultMachine = Pick<ApiMachine, "cpu" | "directMap" | "kasan">;
