import { resolve } from "node:path";
import type { Options } from "tsup";
import { build } from "../../tsup.base.ts";

const NODE = resolve("src/host/browser/node.ts");
const MODULES = ["crypto", "fs", "fs/promises", "os", "timers/promises", "url", "worker_threads", "zlib"];

/** Another host, and what there is of Node's modules. */
const SHARED: Options = {
  platform: "browser",
  clean: false,
  external: ["@yowasp/clang"],
  onSuccess: undefined,
  esbuildOptions(options) {
    options.alias = {
      "#host": resolve("src/host/browser/host.ts"),
      "node:path": "pathe",
      ...Object.fromEntries(MODULES.map((name) => [`node:${name}`, NODE])),
    };
  },
};

/** The build for browsers: the module for bundlers, and scripts of workers, which a page serves as they are: all that they need is in them. */
export default [
  build({ ...SHARED, entry: ["src/browser.ts"] }),
  build({
    ...SHARED,
    entry: { "browser/helper": "src/host/browser/helper.ts", "browser/thread": "src/host/browser/thread.ts" },
    noExternal: [/^@kasan\//],
    splitting: false,
    minify: true,
  }),
];
