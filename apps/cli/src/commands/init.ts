import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Command } from "@commander-js/extra-typings";
import { ExitCode } from "../exit-codes.ts";
import { hyperlink } from "../hyperlink.ts";
import { skeleton } from "../init/skeleton.ts";
import { note, type Streams, writeWhole } from "../output.ts";
import { OutputError } from "../whole-file.ts";

const EXAMPLES = `
Examples:
  kasan init ring && cd ring
  kasan run ring.c ring_test.c    finds the bug, in ring.c
  npm install && npm test         the same, as the CI file does it

Takes less than 1 s.
Exit codes: 0 done, 2 bad usage, or a file is there already, 70 a bug in kasan.
`;

/** Adds `kasan init`. */
export function addInit(program: Command, streams: Streams, done: (code: number) => void): void {
  program
    .command("init")
    .summary("write a kernel module to begin with: its source, a test, a CI file")
    .description(
      "Writes a kernel module with a bug, a KUnit suite that finds it under KASAN, a package.json whose test runs the suite, and a " +
        "workflow for GitHub that does so on every push. Nothing is overwritten.",
    )
    .argument("[folder]", "where to; it is made if it is not there", ".")
    .addHelpText("after", EXAMPLES)
    .action(async (folder) => {
      const files = await skeleton();
      const paths = [...files.keys()].map((name) => join(folder, name));
      const there = paths.find((path) => existsSync(path));
      if (there !== undefined) throw new OutputError(there, "it is there already, and init overwrites nothing");
      for (const [name, text] of files) {
        const path = join(folder, name);
        await mkdir(dirname(path), { recursive: true });
        await writeWhole(path, text);
        streams.out(`${hyperlink(path, pathToFileURL(resolve(path)), streams)}\n`);
      }
      note(streams, `next: ${folder === "." ? "" : `cd ${folder} && `}kasan run ring.c ring_test.c\n`);
      done(ExitCode.clean);
    });
}
