import type { Command } from "@commander-js/extra-typings";
import type { Painter } from "@kasan/report";
import ownPackage from "../../package.json" with { type: "json" };
import { painterFor } from "../colours.ts";
import { type Finding, lookAtAll } from "../doctor/findings.ts";
import { ExitCode } from "../exit-codes.ts";
import { note, ProgressLine, type Streams } from "../output.ts";
import { addOptions } from "./flags.ts";
import { formatOptions, jsonText, writeForms } from "./output-options.ts";

const EXAMPLES = `
Examples:
  kasan doctor
  kasan doctor --format json | jq '.findings[] | select(.state != "ok")'

Takes about 2 s.
Exit codes: 0 all that is installed works, 2 bad usage, or something does not work, 70 a bug in kasan.
`;

/** Adds `kasan doctor`. */
export function addDoctor(program: Command, streams: Streams, done: (code: number) => void): void {
  addOptions(program.command("doctor"), formatOptions(["json"]))
    .summary("say whether all that the commands need is there and works")
    .description(
      "Tries what the commands need: Node.js, the compiler and the machine (on a module with a bug, which must be found), the cache, " +
        "triage's database, and programs that others bring. What is absent is only needed by some commands.",
    )
    .addHelpText("after", EXAMPLES)
    .action(async (flags) => {
      const progress = new ProgressLine(streams);
      const findings = await lookAtAll((what) => progress.show(`trying ${what}`));
      progress.clear();
      const paint = painterFor(streams, flags.output);
      await writeForms(
        flags,
        {
          text: () => findingsText(findings, paint),
          json: () => jsonText({ version: 1, findings }),
        },
        streams,
      );
      const isBad = findings.some(({ state }) => state === "bad");
      if (isBad) note(streams, `kasan: ${ownPackage.bugs} may know more\n`);
      done(isBad ? ExitCode.usage : ExitCode.clean);
    });
}

/** A line for each thing. */
function findingsText(findings: readonly Finding[], { green, yellow, red }: Painter): string {
  const paint = { ok: green, absent: yellow, bad: red };
  return findings.map(({ state, what, told }) => `${paint[state](state.padEnd(6))}  ${what}: ${told}\n`).join("");
}
