/**
 * Compiles the part of the kernel that is in C, so that users' first runs need not.
 *
 *     node scripts/precompile.js          the default configuration, as a build does
 *     node scripts/precompile.js --all    the common ones: what is published has them, and tests run with them
 */
import { architectures } from "@kasan/architectures";
import { Cache, compile, libraryOptions, librarySources, PREBUILT_FOLDER, withTools } from "../dist/index.js";

/** The compile options of an architecture's configuration. */
function optionsOf(name, mode, instrument) {
  const { layout, source } = architectures.create(name, {}, mode);
  return { ...(mode !== "off" && { mode }), instrument, shadowOffset: layout.shadowOffset, source };
}

/** Every mode of every architecture; for the first architecture also inline checks and no checks. */
const [first] = architectures.names;
const DEFAULT = optionsOf(first, "generic", "outline");
const ALL = [
  DEFAULT,
  optionsOf(first, "generic", "inline"),
  optionsOf(first, "off", "off"),
  ...architectures.all.flatMap(({ name, modes }) => modes.map((mode) => optionsOf(name, mode, "outline"))),
];

const cache = new Cache(PREBUILT_FOLDER);
const sources = await librarySources();
await withTools(async (tools) => {
  // One after the other: some architectures share what is compiled, and find it.
  for (const wanted of process.argv.includes("--all") ? ALL : [DEFAULT]) {
    const { diagnostics } = await compile(sources, libraryOptions(wanted), cache, undefined, tools);
    process.stderr.write(diagnostics);
  }
});
