import type { BootPlan } from "@kasan/kernel";
import { spellAddress } from "@kasan/shadow";
import type { Planned } from "./described.ts";
import { unsharedBytes } from "./unshared.ts";

/** A plan as `@kasan/cli/schema/layout.schema.json` says. */
export function planJson(planned: Planned): unknown {
  const { arch, levels, options, scheme, plan, unshared } = planned;
  const { memoryBytes, mode, cpus = 1, architecture } = options;
  const bootJson = (boot: BootPlan) => ({
    descriptors: { physical: boot.map.descriptors, bytes: boot.map.descriptorBytes },
    ...(boot.map.directShadowBytes > 0 && {
      [boot.blackPage > 0 ? "pshadow" : "shadow"]: {
        physical: boot.map.directShadow,
        bytes: boot.map.directShadowBytes,
      },
    }),
    pageTables: architecture.levels.map(({ name }, i) => ({ level: name, pages: boot.tables[i] })),
    earlyShadowPages: boot.earlyShadow,
    slabPages: boot.slabs,
    ...(boot.blackPage > 0 && { blackPages: boot.blackPage, ownShadowPages: boot.ownShadow }),
    freePages: boot.free,
  });
  return {
    version: 1,
    arch,
    levels,
    mode,
    memory: memoryBytes,
    cpus,
    pageSize: 2 ** architecture.pageShift,
    ...(plan.areas.length > 0 && { vmallocShadow: scheme }),
    regions: plan.regions.map((region) => ({
      ...region,
      start: spellAddress(region.start),
      end: spellAddress(region.end),
    })),
    shadow: plan.shadow.map(({ start, end, memoryStart, memoryEnd, backing }) => ({
      start: spellAddress(start),
      end: spellAddress(end),
      memoryStart: spellAddress(memoryStart),
      memoryEnd: spellAddress(memoryEnd),
      backing,
    })),
    ...(unshared && plan.shadow.length > 0 && { unsharedTableBytes: unsharedBytes(planned) }),
    boot: bootJson(plan.boot),
    withoutKasan: bootJson(plan.plain),
    costs: plan.costs,
    ...(plan.pageShadow && { pageShadow: plan.pageShadow }),
    classes: plan.classes,
    ...(plan.quarantine && { quarantine: plan.quarantine }),
    areas: plan.areas,
  };
}
