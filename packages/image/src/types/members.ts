import type { Btf, BtfMember } from "./btf.ts";

/** Structures within structures that are looked into. */
const MOST_DEPTH = 8;

/** A member by name, looked for in anonymous structures too. `bit` is from the start of the whole. `undefined` if there is none. */
export function findMember(types: Btf, id: number, name: string, depth = 0): BtfMember | undefined {
  if (depth > MOST_DEPTH) return undefined;
  for (const member of types.members(types.resolve(id))) {
    if (member.name === name) return member;
    if (member.name !== "") continue;
    const inner = findMember(types, member.type, name, depth + 1);
    if (inner) return { ...inner, bit: inner.bit + member.bit };
  }
  return undefined;
}
