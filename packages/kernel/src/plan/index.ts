export { type AreaPlan, PLANNED_AREAS } from "./areas.ts";
export type { BootPlan } from "./memory.ts";
export type { PageShadowPlan } from "./pages.ts";
export * from "./plan.ts";
export type { ClassPlan } from "./slab.ts";
