import { ImageError } from "../error.ts";
import type { Btf } from "../types/btf.ts";
import { findMember } from "../types/members.ts";
import type { Kernel } from "./kernel.ts";

/**
 * Where a member is in a structure, in bytes: by the kernel's types, else by VMCOREINFO. `undefined` if neither says.
 *
 * @param structure - its name without `struct`: `kmem_cache`
 * @param member - its path: `kasan_info.alloc_meta_offset`
 */
export function offsetOf(kernel: Kernel, structure: string, member: string): number | undefined {
  return kernel.once(`offset ${structure}.${member}`, () => {
    const typed = kernel.types && memberOffset(kernel.types, structure, member);
    if (typed !== undefined) return typed;
    const said = kernel.facts?.offset(`${structure}.${member}`);
    return said === undefined ? undefined : Number(said);
  });
}

/** Bytes of a structure; `undefined` if neither the kernel's types nor VMCOREINFO say. */
export function sizeOf(kernel: Kernel, structure: string): number | undefined {
  return kernel.once(`size ${structure}`, () => {
    const id = kernel.types?.find(`struct ${structure}`);
    if (id !== undefined) return kernel.types!.sizeOf(id);
    const said = kernel.facts?.size(structure);
    return said === undefined ? undefined : Number(said);
  });
}

/** Like {@link offsetOf}. @throws {@link ImageError} `IMAGE_TYPES` if nothing says where it is */
export function needOffset(kernel: Kernel, structure: string, member: string): bigint {
  const offset = offsetOf(kernel, structure, member);
  if (offset !== undefined) return BigInt(offset);
  throw new ImageError("IMAGE_TYPES", `where struct ${structure} has ${member} is not known: ${withoutTypes(kernel)}`);
}

/** Why there are no types to ask. */
export function withoutTypes({ types, typesFault }: Kernel): string {
  if (types) return "the kernel's types have no such member";
  return typesFault === undefined ? "the kernel has no BTF" : `its BTF cannot be read (${typesFault})`;
}

function memberOffset(types: Btf, structure: string, path: string): number | undefined {
  let id = types.find(`struct ${structure}`);
  let bits = 0;
  for (const name of path.split(".")) {
    const found = id === undefined ? undefined : findMember(types, id, name);
    if (!found) return undefined;
    bits += found.bit;
    id = found.type;
  }
  return bits / 8;
}
