/**
 * The reasons for taint, in the order of their bits (`kernel/panic.c` of 6.12): the name, and the letter that a log shows if
 * the bit is set. If it is clear, bit 0 shows `G` and the others a space.
 */
export const TAINTS = [
  ["PROPRIETARY_MODULE", "P"],
  ["FORCED_MODULE", "F"],
  ["CPU_OUT_OF_SPEC", "S"],
  ["FORCED_RMMOD", "R"],
  ["MACHINE_CHECK", "M"],
  ["BAD_PAGE", "B"],
  ["USER", "U"],
  ["DIE", "D"],
  ["OVERRIDDEN_ACPI_TABLE", "A"],
  ["WARN", "W"],
  ["CRAP", "C"],
  ["FIRMWARE_WORKAROUND", "I"],
  ["OOT_MODULE", "O"],
  ["UNSIGNED_MODULE", "E"],
  ["SOFTLOCKUP", "L"],
  ["LIVEPATCH", "K"],
  ["AUX", "X"],
  ["RANDSTRUCT", "T"],
  ["TEST", "N"],
] as const;

/** The name of a reason for taint. KASAN sets `BAD_PAGE` after its first report. */
export type Taint = (typeof TAINTS)[number][0];

/** The taint in the CPU line: `Not tainted`, or `Tainted: ` and 19 positions, one for each reason. */
export function formatTaint(taint: readonly Taint[]): string {
  if (taint.length === 0) return "Not tainted";
  const clear = (name: Taint) => (name === "PROPRIETARY_MODULE" ? "G" : " ");
  return `Tainted: ${TAINTS.map(([name, letter]) => (taint.includes(name) ? letter : clear(name))).join("")}`;
}

/** The line that spells the reasons out: `Tainted: [B]=BAD_PAGE, [N]=TEST`. It is printed only if there are any. */
export function formatTaintNames(taint: readonly Taint[]): string {
  const set = TAINTS.filter(([name]) => taint.includes(name));
  return `Tainted: ${set.map(([name, letter]) => `[${letter}]=${name}`).join(", ")}`;
}

const LETTERS = new Map<string, number>(TAINTS.map(([, letter], bit) => [letter, bit]));

/** The reasons that the letters of a CPU line stand for, in the order of the bits. */
export function parseTaint(letters: string): Taint[] {
  const bits = new Set<number>();
  for (const letter of letters) {
    const bit = LETTERS.get(letter);
    if (bit !== undefined) bits.add(bit);
  }
  return [...bits].sort((a, b) => a - b).map((bit) => TAINTS[bit]![0]);
}
