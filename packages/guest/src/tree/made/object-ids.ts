/** What a kernel's lib/build_OID_registry makes of include/linux/oid_registry.h: object identifiers, and a table to look them up. */

/** An entry of the enumeration: `OID_name`, with the number in a comment behind it. */
const ENTRY = /\sOID_(\w+),\s+\/\*\s+([012][.\d]*)\s+\*\//g;

interface ObjectId {
  readonly name: string;
  /** Its encoding (X.690, 8.19). */
  readonly octets: readonly number[];
  readonly hash: number;
}

/** The seven bits of a number at a time, the highest first; all but the last have bit 7 set. */
function base128(number: number): number[] {
  const octets = [number % 128];
  for (let rest = Math.floor(number / 128); rest > 0; rest = Math.floor(rest / 128)) octets.unshift((rest % 128) | 128);
  return octets;
}

function encode(dotted: string): number[] {
  const [first, second, ...others] = dotted.split(".").map(Number);
  return [first * 40 + second, ...others.flatMap(base128)];
}

/** lib/oid_registry.c, look_up_OID() */
function hashOf(octets: readonly number[]): number {
  const sum = octets.reduce((before, octet) => before + octet * 33, octets.length - 1);
  return ((sum >>> 24) ^ (sum >>> 16) ^ (sum >>> 8) ^ sum) & 0xff;
}

/** The order in which look_up_OID() searches: by hash, by length, and by octets from the last. */
function compare(a: ObjectId, b: ObjectId): number {
  if (a.hash !== b.hash) return a.hash - b.hash;
  if (a.octets.length !== b.octets.length) return a.octets.length - b.octets.length;
  for (let i = a.octets.length - 1; i >= 0; i--) if (a.octets[i] !== b.octets[i]) return a.octets[i] - b.octets[i];
  return 0;
}

/** The text of lib/oid_registry_data.c. */
export function objectIdTables(header: string): string {
  const ids = [...header.matchAll(ENTRY)].map(([, name, dotted]) => {
    const octets = encode(dotted);
    return { name, octets, hash: hashOf(octets) };
  });
  let total = 0;
  const starts = ids.map(({ name, octets }) => {
    const start = total;
    total += octets.length;
    return `\t[OID_${name}] = ${start},\n`;
  });
  const found = [...ids].sort(compare).map(({ name, hash }) => `\t{ ${hash}, OID_${name} },\n`);
  return [
    `static const unsigned short oid_index[OID__NR + 1] = {\n${starts.join("")}\t[OID__NR] = ${total}\n};\n`,
    `static const unsigned char oid_data[] = { ${ids.flatMap(({ octets }) => octets).join(", ")} };\n`,
    "static const struct {\n\tunsigned char hash;\n\tenum OID oid : 16;\n} oid_search_table[OID__NR] = {\n",
    `${found.join("")}};\n`,
  ].join("\n");
}
