import { formatFrame } from "@kasan/report";
import { formatAddress, hex, spellAddress } from "@kasan/shadow";
import type { Reference, References } from "./find.ts";

/** References for people. */
export function referencesText({ target: [from, to], found, own, more, unknown }: References): string {
  const what = `${formatAddress(from)}-${formatAddress(to)}`;
  const lines = found.map(
    (reference) => `${formatAddress(reference.address)} -> ${formatAddress(reference.value)}  ${ownerText(reference)}`,
  );
  const head = found.length === 0 ? `nothing points to ${what}` : `pointing to ${what}:`;
  const itself = own > 0 ? [`and ${own} of its own words`] : [];
  const doubt = unknown === undefined ? [] : [`not known whether that is all of an object: ${unknown}`];
  return [head, ...lines, ...doubt, ...(more ? ["… and more"] : []), ...itself, ""].join("\n");
}

/** What a reference is in, in words. */
export function ownerText({ object, variable, cpu, task, areaBy }: Reference): string {
  if (variable) return `in ${formatFrame(variable)}${cpu === undefined ? "" : ` of CPU ${cpu}`}`;
  if (task) return `on the stack of ${task.comm}/${task.pid}`;
  if (areaBy) return `in a vmalloc area made by ${formatFrame(areaBy)}`;
  if (!object) return "in memory of no slab";
  const { address, cache, state, offset, member, link } = object;
  const where = link ? `the ${link}'s link in` : member === undefined ? `${offset} bytes into` : `${member} of`;
  return `${where} ${formatAddress(address)}, ${cache}, ${state}`;
}

/** References as JSON. */
export function referencesJson({ target: [from, to], found, own, more, unknown }: References): Record<string, unknown> {
  return {
    from: spellAddress(from),
    to: spellAddress(to),
    own,
    more,
    ...(unknown !== undefined && { unknown }),
    references: found.map(({ address, value, object, variable, cpu, task, areaBy }) => ({
      address: spellAddress(address),
      value: hex(value),
      ...(object && { object: { ...object, address: spellAddress(object.address) } }),
      ...(variable && { variable: formatFrame(variable) }),
      ...(cpu !== undefined && { cpu }),
      ...(areaBy && { areaBy: formatFrame(areaBy) }),
      ...(task && { task: { comm: task.comm, pid: task.pid } }),
    })),
  };
}
