/**
 * Serves the page on this machine, with --serve; without it, says where the page is. Any server of static files does the same.
 *
 *     npm run playground -- --serve
 */
import { join } from "node:path";
import { preview } from "vite";

const root = join(import.meta.dirname, "..");

if (process.argv.includes("--serve")) {
  const server = await preview({ root, configFile: false, appType: "mpa", logLevel: "error" });
  console.log(`The playground: ${server.resolvedUrls.local[0]}  Ctrl-C ends`);
} else console.log(`The playground is built: ${join(root, "dist")}. Serve it with: npm run playground -- --serve`);
