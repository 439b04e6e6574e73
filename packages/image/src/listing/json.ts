import { hex, spellAddress } from "@kasan/shadow";
import type { MemoryImage } from "../image.ts";
import { permissionsOf } from "../inspect/inspect.ts";
import type { FilteredLine } from "./filter.ts";

/** The machine in a listing's JSON. */
export function machineJson({ machine, warnings }: MemoryImage): Record<string, unknown> {
  const { arch, platform, roots, rootFrom, kasan, release, kernelOffset } = machine;
  return {
    arch,
    name: platform.name,
    root: hex(roots.at(-1)!),
    rootFrom,
    kasan,
    ...(release !== undefined && { release }),
    ...(kernelOffset !== undefined && { kernelOffset: hex(kernelOffset) }),
    warnings,
  };
}

/** A line of a listing as JSON; the schema is `@kasan/cli/schema/ptdump.schema.json`. */
export function lineJson({ architecture }: MemoryImage, line: FilteredLine): Record<string, unknown> {
  const { start, end, state, level, region, flags, pageBytes, physical, aliasOf } = line;
  return {
    start: spellAddress(start),
    end: spellAddress(end),
    bytes: hex(end - start + 1n),
    kind: state,
    region,
    ...(level >= 0 && { level: architecture.levels[level]!.name }),
    ...(state === "mapped" && { physical: hex(physical), pageBytes, permissions: permissionsOf(flags) }),
    ...(aliasOf !== undefined && { aliasOf: spellAddress(aliasOf) }),
  };
}
