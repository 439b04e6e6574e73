import { build } from "../../tsup.base.ts";

export default build({
  entry: ["src/index.ts", "src/host/node/thread.ts", "src/compile/tool-thread.ts"],
  platform: "node",
  // What is optional would be built in.
  external: ["@yowasp/clang"],
});
