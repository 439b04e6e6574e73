import { defineConfig, type Plugin } from "vite";
import { apiIndex, clang, compiledExamples, fileList, sharedStyle } from "./src/build/site.ts";

/** clang is imported when it is needed, from where the site has it. */
const external = (): Plugin => ({
  name: "kasan-clang",
  enforce: "pre",
  resolveId: (id) => (id === "@yowasp/clang" ? { id, external: true } : undefined),
});

export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  plugins: [sharedStyle(), compiledExamples(), clang(), apiIndex(), fileList()],
  worker: { format: "es", plugins: () => [external()] },
  build: {
    target: "es2022",
    outDir: `${import.meta.dirname}/dist`,
    rollupOptions: {
      // Threads of guests import one of them by its name.
      preserveEntrySignatures: "exports-only",
      input: {
        index: `${import.meta.dirname}/index.html`,
        sw: `${import.meta.dirname}/src/service-worker.ts`,
        plugins: `${import.meta.dirname}/src/worker/plugins.ts`,
      },
      output: {
        entryFileNames: ({ name }) => (name === "index" ? "assets/[name]-[hash].js" : "[name].js"),
      },
    },
  },
});
