import type { Command } from "@commander-js/extra-typings";
import ownPackage from "../../package.json" with { type: "json" };
import { painterFor } from "../colours.ts";
import { FINDINGS, type Finding } from "../doctor/findings.ts";
import { ExitCode } from "../exit-codes.ts";
import { hyperlink } from "../hyperlink.ts";
import { ProgressLine, type Streams } from "../output.ts";

const EXAMPLES = `
Examples:
  kasan doctor

Takes about 2 s.
Exit codes: 0 all that is installed works, 2 bad usage, or something does not work, 70 a bug in kasan.
`;

/** Adds `kasan doctor`. */
export function addDoctor(program: Command, streams: Streams, done: (code: number) => void): void {
  program
    .command("doctor")
    .summary("say whether all that the commands need is there and works")
    .description(
      "Tries what the commands need: Node.js, the compiler and the machine (on a module with a bug, which must be found), the cache, " +
        "triage's database, and programs that others bring. What is absent is only needed by some commands.",
    )
    .addHelpText("after", EXAMPLES)
    .action(async () => {
      const findings = await look(streams);
      const bad = findings.filter(({ state }) => state === "bad").length;
      if (bad > 0) streams.out(`\n${hyperlink(ownPackage.bugs, new URL(ownPackage.bugs), streams)} may know more.\n`);
      done(bad > 0 ? ExitCode.usage : ExitCode.clean);
    });
}

/** Looks at one thing after the other, and tells each. */
async function look(streams: Streams): Promise<Finding[]> {
  const { green, yellow, red } = painterFor(streams, undefined);
  const paint = { ok: green, absent: yellow, bad: red };
  const progress = new ProgressLine(streams);
  const findings: Finding[] = [];
  for (const find of FINDINGS) {
    progress.show("trying");
    const finding = await find();
    progress.clear();
    const { state, what, told } = finding;
    streams.out(`${paint[state](state.padEnd(6))}  ${what}: ${told}\n`);
    findings.push(finding);
  }
  return findings;
}
