import type { Btf } from "./btf.ts";

/** Structures within structures that are gone through. */
const MOST_DEPTH = 16;

/** The member of a structure that a byte lies in, as C spells it: `se.run_node.rb_left`, `comm[3]`; `undefined` if it lies in none. */
export function memberPath(types: Btf, id: number, offset: number, depth = 0): string | undefined {
  const type = types.resolve(id);
  if (depth > MOST_DEPTH || offset < 0 || offset >= types.sizeOf(id)) return undefined;
  if (type.kind === "array") {
    const each = types.sizeOf(type.target);
    if (each === 0) return undefined;
    const inner = memberPath(types, type.target, offset % each, depth + 1);
    return inner === undefined ? undefined : `[${Math.floor(offset / each)}]${dotted(inner)}`;
  }
  if (type.kind !== "struct" && type.kind !== "union") return "";
  for (const { name, type: member, bit, bits } of types.members(type)) {
    const start = bit >> 3;
    const isOutside = offset < start || (bits > 0 && offset * 8 >= bit + bits);
    const inner = isOutside ? undefined : memberPath(types, member, offset - start, depth + 1);
    if (inner !== undefined) return name === "" ? inner : `${name}${dotted(inner)}`;
  }
  return undefined;
}

const dotted = (path: string) => (path === "" || path.startsWith("[") ? path : `.${path}`);
