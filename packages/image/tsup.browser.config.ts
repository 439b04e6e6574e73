import { resolve } from "node:path";
import { build } from "../../tsup.base.ts";

/** The build for browsers: with another host. */
export default build({
  entry: ["src/browser.ts"],
  platform: "browser",
  clean: false,
  onSuccess: undefined,
  esbuildOptions(options) {
    options.alias = { "#host": resolve("src/host/browser.ts") };
  },
});
