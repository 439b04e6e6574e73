/** What a kernel's build makes in lib/raid6: code that is written once for several widths, and tables of the field that RAID 6 computes in. */

/** lib/raid6/unroll.awk: a line with `$$` comes n times, with 0 to n - 1 in its place; `$#` is n, and `$*` a dollar sign. */
export function unrolled(text: string, n: number): string {
  const lines = text.split("\n").flatMap((line) =>
    Array.from({ length: line.includes("$$") ? n : 1 }, (_, i) =>
      line
        .replaceAll("$$", () => String(i))
        .replaceAll("$#", String(n))
        .replaceAll("$*", () => "$"),
    ),
  );
  return lines.join("\n");
}

/** A product in the field of 256 elements whose polynomial is x^8 + x^4 + x^3 + x^2 + 1. */
function multiply(a: number, b: number): number {
  let product = 0;
  for (let left = a, right = b; right > 0; right >>= 1) {
    if (right & 1) product ^= left;
    left = (left << 1) ^ (left & 0x80 ? 0x11d : 0);
  }
  return product;
}

const NUMBERS = Array.from({ length: 256 }, (_, i) => i);

/** The text of lib/raid6/tables.c (lib/raid6/mktables.c). */
export function raid6Tables(): string {
  const powers = [1];
  while (powers.length < 255) powers.push(multiply(powers[powers.length - 1], 2));
  const log = (x: number) => Math.max(powers.indexOf(x), 0);
  const inverse = (x: number) => (x === 0 ? 0 : powers[(255 - log(x)) % 255]);
  // The power of 255 is not one: the table has 0 there, and 255 for the logarithm of 0.
  const exp = [...powers, 0];
  const row = (values: readonly number[]) => `{ ${values.join(", ")} }`;
  const halves = (i: number) =>
    [...NUMBERS.slice(0, 16), ...NUMBERS.slice(0, 16).map((x) => x << 4)].map((x) => multiply(i, x));
  const tables: [name: string, value: string][] = [
    ["gfmul[256][256]", `{\n${NUMBERS.map((i) => row(NUMBERS.map((j) => multiply(i, j)))).join(",\n")}\n}`],
    ["vgfmul[256][32]", `{\n${NUMBERS.map((i) => row(halves(i))).join(",\n")}\n}`],
    ["gfexp[256]", row(exp)],
    ["gflog[256]", row(NUMBERS.map((x) => (x === 0 ? 255 : log(x))))],
    ["gfinv[256]", row(NUMBERS.map(inverse))],
    ["gfexi[256]", row(exp.map((x) => inverse(x ^ 1)))],
  ];
  return [
    "#include <linux/export.h>\n#include <linux/raid/pq.h>\n",
    ...tables.map(([name, value]) => `const u8 raid6_${name} __aligned(256) = ${value};\n`),
    ...tables.map(([name]) => `EXPORT_SYMBOL(raid6_${name.replace(/\[.*/, "")});\n`),
  ].join("");
}
