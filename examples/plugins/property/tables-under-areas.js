// @ts-check
/**
 * The lock order of vmalloc space (docs/exploring.md): areas before tables. Schemes for the direct map have no areas, and break it.
 *
 * @type {import("@kasan/explore").UserProperty[]}
 */
export const properties = [
  {
    name: "tables-under-areas",
    holds: "whoever takes the tables' lock for shadow holds the areas' lock",
    check: (state) =>
      state.lockHolder("tables") >= 0 && state.lockHolder("areas") < 0 ? "the areas' lock is free" : undefined,
  },
];
