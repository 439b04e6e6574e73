import { build } from "../../tsup.base.ts";

export default build({
  entry: [
    "src/index.ts",
    "src/bin.ts",
    "src/man-pages.ts",
    "src/triage/worker.ts",
    "src/check/worker.ts",
    "src/fuzz/worker.ts",
    "src/plugins/machine-plugins.ts",
  ],
  platform: "node",
  esbuildPlugins: [
    {
      // The typings re-export commander. The build imports it directly: a package less to install, and to load at every start.
      name: "typings",
      setup: ({ onResolve }) =>
        onResolve({ filter: /^@commander-js\/extra-typings$/ }, () => ({ path: "commander", external: true })),
    },
  ],
});
