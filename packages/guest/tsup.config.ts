import { build } from "../../tsup.base.ts";

export default build({
  entry: ["src/index.ts", "src/host/node/thread.ts", "src/compile/tool-thread.ts", "src/compile/cache.ts"],
  platform: "node",
  // What is optional would be built in.
  external: ["@yowasp/clang"],
});
