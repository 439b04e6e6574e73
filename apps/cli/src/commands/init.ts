import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Command } from "@commander-js/extra-typings";
import { makeFolder } from "@kasan/fuzz/folder";
import { ExitCode } from "../exit-codes.ts";
import { hyperlink } from "../hyperlink.ts";
import { skeleton } from "../init/skeleton.ts";
import { note, type Streams, writeWhole } from "../output.ts";
import { shellWord } from "../shell-word.ts";
import { OutputError } from "../whole-file.ts";

const EXAMPLES = `
Examples:
  kasan init ring && cd ring
  npm install && npm test         finds the bug, in ring.c, as the workflow does
  kasan run ring.c ring_test.c    the same, where kasan is installed

Takes less than 1 s.
Exit codes: 0 done, 2 bad usage, or a file is there already, 70 a bug in kasan.
`;

/** Adds `kasan init`. */
export function addInit(program: Command, streams: Streams, done: (code: number) => void): void {
  program
    .command("init")
    .summary("write a kernel module to begin with: its source, a test, a workflow for CI")
    .description(
      "Writes a kernel module with a bug, a KUnit suite that finds it under KASAN, a package.json whose test runs the suite, and a " +
        "workflow for GitHub that does so on every push. Nothing is overwritten.",
    )
    .argument("[folder]", "where to; it is made if it is not there", ".")
    .addHelpText("after", EXAMPLES)
    .action(async (folder) => {
      if (folder === "") throw new OutputError('""', "it has no name");
      const files = await skeleton();
      const paths = [...files.keys()].map((name) => join(folder, name));
      const there = paths.find((path) => existsSync(path));
      if (there !== undefined) throw new OutputError(there, "it is there already, and init overwrites nothing");
      for (const [name, text] of files) {
        const path = join(folder, name);
        makeFolder(dirname(path));
        await writeWhole(path, text);
        streams.out(`${hyperlink(path, pathToFileURL(resolve(path)), streams)}\n`);
      }
      const enter = folder === "." ? "" : `cd ${shellWord(folder)} && `;
      note(streams, `kasan: next: ${enter}npm install && npm test\n`);
      done(ExitCode.clean);
    });
}
