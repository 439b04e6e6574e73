/**
 * Writes docs/cli.md: the help of every command. The commands must be built.
 *
 *     node scripts/cli-reference.js [--check]
 *
 * With `--check` it writes nothing, and fails if the page is not up to date.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const PAGE = join(ROOT, "docs/cli.md");
const { main } = await import(join(ROOT, "apps/cli/dist/index.js"));

// Colours are for terminals.
process.env.FORCE_COLOR = "";

/** What a command prints. */
async function printed(...args) {
  let text = "";
  const code = await main(args, {
    out: (some) => {
      text += some;
    },
    err: () => {},
    isTerminal: false,
  });
  if (code !== 0) throw new Error(`kasan ${args.join(" ")} ended with ${code}`);
  return text;
}

/** The names of commands that a help lists, but for help itself. */
const commandsIn = (help) =>
  [...(help.split(/^Commands:$/m)[1] ?? "").matchAll(/^ {2}(\w[\w-]*)/gm)]
    .map(([, name]) => name)
    .filter((name) => name !== "help");

/** The help of a command, and of those that it has. */
async function sections(names) {
  const help = await printed("help", ...names);
  const own = `## kasan${names.map((name) => ` ${name}`).join("")}\n\n\`\`\`text\n${help.trim()}\n\`\`\`\n`;
  const below = [];
  for (const name of commandsIn(help)) below.push(...(await sections([...names, name])));
  return [own, ...below];
}

const text = `# The command line

What \`kasan help\` prints of each command. Written by scripts/cli-reference.js. [apps/cli/README.md](../apps/cli/README.md) says what they are for.

${(await sections([])).join("\n")}`;

if (!process.argv.includes("--check")) writeFileSync(PAGE, text);
else if (readFileSync(PAGE, "utf8") !== text) {
  console.error("docs/cli.md is not up to date: node scripts/cli-reference.js writes it");
  process.exitCode = 1;
}
