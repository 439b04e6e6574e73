import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The name of the package that a module specifier means: `@kasan/mmu/contract` belongs to `@kasan/mmu`. */
const packageOf = (specifier) => specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");

/**
 * The example in a package's README: the first `ts` block, with what the first `text` block after it says that it writes.
 *
 * @param folder - the package's
 * @returns the code, its output, and the packages that the README says to install; none if it does not say so
 * @throws Error if there is no example, or it imports a package that the README does not install
 */
export function readmeExample(folder) {
  const readme = readFileSync(join(folder, "README.md"), "utf8");
  const [, code, expected] = /^```ts\n(.*?)^```$.*?^```text\n(.*?)^```$/ms.exec(readme) ?? [];
  if (code === undefined || expected === undefined)
    throw new Error(`${folder}/README.md needs a \`\`\`ts block and, after it, a \`\`\`text block with its output`);
  const packages = /^ {4}npm install ((?:@?[\w-]+(?:\/[\w-]+)? ?)+)$/m.exec(readme)?.[1].split(" ");
  const imported = [...code.matchAll(/\bfrom "((?!node:|\.)[^"]+)"/g)].map(([, specifier]) => packageOf(specifier));
  const missing = imported.filter((name) => packages && !packages.includes(name));
  if (missing.length > 0)
    throw new Error(`${folder}/README.md imports ${missing.join(", ")}, which its "npm install" leaves out`);
  return { code, expected, packages: packages ?? [] };
}

/**
 * The commands in the `console` blocks of a page, each with the lines that it prints, of which the page may show a part, and its exit code.
 * `…` stands for lines that are left out.
 */
export function commandsOf(page) {
  const blocks = [...readFileSync(page, "utf8").matchAll(/^```console\n(.*?)^```$/gms)].map(([, block]) => block);
  return blocks.flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((part) => {
        const [command, ...rest] = part.trimEnd().split("\n");
        const codes = rest.filter((line) => line.startsWith("exit code "));
        const lines = rest.filter((line) => !codes.includes(line) && line !== "…");
        return { command, lines, code: Number(codes[0]?.slice("exit code ".length) ?? 0) };
      }),
  );
}
