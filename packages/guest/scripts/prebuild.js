/** Compiles the part of the kernel that is in C, for each kind of instrumentation, so that no user's first run has to. */
import { Cache, compile, libraryOptions, librarySources, PREBUILT_FOLDER } from "../dist/index.js";

const shadowOffset = 0xdffffc0000000000n;
const sources = await librarySources();
for (const instrument of ["outline", "inline", "off"]) {
  await compile(sources, libraryOptions({ instrument, shadowOffset }), new Cache(PREBUILT_FOLDER));
}
