/** @returns the name under which a register is kept: X1 for W1, RAX for eax */
export function registerName(text: string): string {
  const name = text.toUpperCase().replace(/^%/, "");
  if (/^[WX]ZR$/.test(name)) return "XZR";
  if (/^W\d+$/.test(name)) return `X${name.slice(1)}`;
  const x86 = /^[ER]?([ABCD]X|[SD]I|[SB]P)$/.exec(name);
  if (x86 !== null) return `R${x86[1]}`;
  return /^R\d+D$/.test(name) ? name.slice(0, -1) : name;
}
