import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { kasan, scratch } from "./harness.ts";

const { folder, file, remove } = scratch();
afterAll(remove);
mkdirSync(join(folder, "catalogue"));

const SB = (name: string, fence: string) => `X86_64 ${name}
{ }
 P0            | P1            ;
 movl $1,(x)   | movl $1,(y)   ;
 ${fence}      | ${fence}      ;
 movl (y),%eax | movl (x),%eax ;
exists (0:rax=0 /\\ 1:rax=0)
`;

const PLAIN = file("catalogue/SB.litmus", SB("SB", "nop"));
file("catalogue/SB+mfences.litmus", SB("SB+mfences", "mfence"));
const KINDS = file("kinds.txt", "# verdicts\nSB Allowed\nSB+mfences Forbid\n");

describe("kasan litmus", () => {
  it("prints final states as herd7 does", async () => {
    const { code, out } = await kasan("litmus", PLAIN);
    expect(code).toBe(0);
    expect(out).toContain("Test SB Allowed\nStates 4\n0:RAX=0; 1:RAX=0;\n");
    expect(out).toContain("Observation SB Sometimes 1 3\n");
  });

  it("prints an execution for each state", async () => {
    const { out } = await kasan("litmus", PLAIN, "--trace");
    expect(out.match(/^Execution for /gm)).toHaveLength(4);
    expect(out).toMatch(/^ {2}P0 {3}reads y=0 +movl \(y\),%eax$/m);
  });

  it("compares a folder with the verdicts of others", async () => {
    const same = await kasan("litmus", join(folder, "catalogue"), "--kinds", KINDS);
    expect(same).toMatchObject({ code: 0, out: "" });
    expect(same.err).toContain("2 of 2 verdicts agree");
    const wrong = file("wrong.txt", "SB Forbidden\n");
    const other = await kasan("litmus", join(folder, "catalogue"), "--kinds", wrong);
    expect(other.code).toBe(1);
    expect(other.out).toContain(`${PLAIN}: Forbidden in the file of kinds, Allowed here\nTest SB Allowed\n`);
    expect(other.err).toContain("0 of 1 verdicts agree; 1 tests have none in the file");
  });

  it("runs the others when one cannot be read", async () => {
    const bad = file("bad.litmus", "X86_64 bad\n{ }\n P0 ;\n frobl $1,(x) ;\nexists (x=1)\n");
    const { code, out, err } = await kasan("litmus", bad, PLAIN);
    expect(code).toBe(2);
    expect(out).toContain("Observation SB");
    expect(err).toContain(`kasan: ${bad}: "frobl $1,(x)" is not an x86-64 instruction that is known here\n`);
  });

  it("runs the others when one is damaged", async () => {
    const damaged = file("damaged.litmus", Buffer.from([0x1f, 0x8b, 8, 0, 1]));
    const { code, out, err } = await kasan("litmus", damaged, PLAIN);
    expect(code).toBe(2);
    expect(out).toContain("Observation SB");
    expect(err).toContain(`kasan: ${damaged}: `);
  });

  it.each([
    [["litmus", "missing.litmus"], "missing.litmus: no such file"],
    [["litmus", PLAIN, "--kinds", PLAIN], "no verdict in it"],
    [["litmus", PLAIN, "--kinds", "missing.txt"], "missing.txt: no such file"],
  ])("%j is refused", async (args, message) => {
    const { code, err } = await kasan(...(args as string[]));
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});
