import { defineConfig } from "vitest/config";
import base from "./vitest.config.ts";

const { projects: _, ...test } = base.test!;

/** Tests that run the kernel's own source, which `npm run test:kernel` unpacks. */
export default defineConfig({
  ...base,
  test: { ...test, include: ["packages/guest/test/kernel/*.test.ts"], exclude: [], reporters: ["default"] },
});
