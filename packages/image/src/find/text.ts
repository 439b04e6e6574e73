import { formatFrame } from "@kasan/report";
import { formatAddress, hex, spellAddress } from "@kasan/shadow";
import type { Reference, References } from "./find.ts";

/** References for people. */
export function referencesText({ target: [from, to], found, more }: References): string {
  const what = `${formatAddress(from)}-${formatAddress(to)}`;
  const lines = found.map(
    (reference) => `${formatAddress(reference.address)} -> ${formatAddress(reference.value)}  ${ownerText(reference)}`,
  );
  const head = found.length === 0 ? `nothing points to ${what}` : `pointing to ${what}:`;
  return [head, ...lines, ...(more ? ["… and more"] : []), ""].join("\n");
}

/** What a reference is in, in words. */
export function ownerText({ object, variable, task }: Reference): string {
  if (variable) return `in ${formatFrame(variable)}`;
  if (task) return `on the stack of ${task.comm}/${task.pid}`;
  if (!object) return "in memory of no slab";
  const { address, cache, state, offset, member } = object;
  const where = member === undefined ? `${offset} bytes into` : `${member} of`;
  return `${where} ${formatAddress(address)}, ${cache}, ${state}`;
}

/** References as JSON. */
export function referencesJson({ target: [from, to], found, more }: References): Record<string, unknown> {
  return {
    from: spellAddress(from),
    to: spellAddress(to),
    more,
    references: found.map(({ address, value, object, variable, task }) => ({
      address: spellAddress(address),
      value: hex(value),
      ...(object && { object: { ...object, address: spellAddress(object.address) } }),
      ...(variable && { variable: formatFrame(variable) }),
      ...(task && { task: { comm: task.comm, pid: task.pid } }),
    })),
  };
}
