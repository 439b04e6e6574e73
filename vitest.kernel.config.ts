import { defineConfig } from "vitest/config";
import base from "./vitest.config.ts";

/** Tests that run the kernel's own source, which `npm run test:kernel` unpacks. */
export default defineConfig({
  ...base,
  test: { ...base.test, include: ["packages/guest/test/kernel/*.test.ts"], exclude: [], reporters: ["default"] },
});
