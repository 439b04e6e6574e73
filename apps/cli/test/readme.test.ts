import { afterAll, beforeAll, expect, test } from "vitest";
import { commandsOf } from "../../../scripts/packages/readme.js";
import { kasan } from "./harness.ts";

const ROOT = `${import.meta.dirname}/../../..`;
const commands = commandsOf(`${ROOT}/README.md`);

// Its paths are those of the repository.
const home = process.cwd();
beforeAll(() => process.chdir(ROOT));
afterAll(() => process.chdir(home));

test("the README shows commands", () => expect(commands.length).toBeGreaterThanOrEqual(3));

test.each(commands)(
  "$command prints what the README says, in that order",
  async ({ command, lines, code: expected }) => {
    const [name, ...args] = command.split(" ");
    expect(name).toBe("kasan");
    const { code, out } = await kasan(...args);
    expect(code).toBe(expected);
    const printed = out.split("\n");
    let from = 0;
    for (const line of lines) {
      const at = printed.indexOf(line, from);
      expect(at, `"${line}" in what follows:\n${printed.slice(from).join("\n")}`).toBeGreaterThanOrEqual(0);
      from = at + 1;
    }
  },
);
