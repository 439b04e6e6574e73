import { resolve } from "node:path";
import { build } from "../../tsup.base.ts";

const NODE = resolve("src/host/browser/node.ts");
const MODULES = ["crypto", "fs", "fs/promises", "os", "timers/promises", "url", "worker_threads", "zlib"];

/** The build for browsers: another host, and what there is of Node's modules. */
export default build({
  entry: ["src/browser.ts"],
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
});
