/** Compiles the part of the kernel that is in C, for each kind of instrumentation, so that no user's first run has to. */
import { Cache, compile, libraryOptions, librarySources, PREBUILT_FOLDER } from "../dist/index.js";

const shadowOffset = 0xdffffc0000000000n;
const sources = await librarySources();
try {
  for (const instrument of ["outline", "inline", "off"]) {
    const cache = new Cache(PREBUILT_FOLDER);
    const { diagnostics } = await compile(sources, libraryOptions({ instrument, shadowOffset }), cache);
    process.stderr.write(diagnostics);
  }
} catch (error) {
  process.stderr.write(error.details ?? error.stack);
  process.exit(1);
}
