import { build } from "../../tsup.base.ts";

export default build({ entry: ["src/index.ts", "src/run/thread.ts"], platform: "node" });
