import { build } from "../../tsup.base.ts";

export default build({
  entry: [
    "src/index.ts",
    "src/bin.ts",
    "src/triage/worker.ts",
    "src/check/worker.ts",
    "src/plugins/machine-plugins.ts",
  ],
  platform: "node",
});
