// @ts-check

/**
 * Two properties of schemes for vmalloc space.
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
  {
    name: "nothing-left",
    holds: "at the end no page is allocated: for programs that free and purge all areas",
    check: (state) =>
      state.ended && state.allocatedFrames > 0 ? `${state.allocatedFrames} pages are allocated` : undefined,
  },
];
