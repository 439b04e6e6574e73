/** The configuration that sets are run with: the default one, with the options that sets need. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const DEFAULT = join(import.meta.dirname, "../../packages/guest/arch/default.config");
const CHANGES = join(import.meta.dirname, "options.config");

/** `CONFIG_X=value`, or `# CONFIG_X is not set`. */
const OPTION = /^(?:# )?(CONFIG_\w+)(?:=| is not set)/;

/** A configuration, changed by another's lines. */
export function changedConfig(text, changes) {
  const lines = (of) => of.split("\n").filter((line) => OPTION.test(line));
  const byName = new Map([...lines(text), ...lines(changes)].map((line) => [OPTION.exec(line)[1], line]));
  return [...byName.values()].map((line) => `${line}\n`).join("");
}

/**
 * The text of the configuration. @param {readonly string[]} [more] - lines for one set, as of a `.config`
 */
export function breadthConfig(more = []) {
  const common = changedConfig(readFileSync(DEFAULT, "utf8"), readFileSync(CHANGES, "utf8"));
  return changedConfig(common, more.join("\n"));
}
