/**
 * Serves the page on this machine, with --serve; without it, says where the page is.
 *
 *     npm run playground -- --serve
 */
import { join } from "node:path";
import { ISOLATED, serve } from "../../../scripts/browser/static-server.js";

const folder = join(import.meta.dirname, "../dist");

if (process.argv.includes("--serve")) {
  const { url } = await serve({ "/": { folder } }, ISOLATED, 8081);
  console.log(`${url} shows the playground, until Ctrl-C`);
} else console.log("apps/playground/dist has the playground");
