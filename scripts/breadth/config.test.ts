import { expect, it } from "vitest";
import { changedConfig } from "./config.js";

it("adds, replaces and takes away options", () => {
  const text = "# a comment\nCONFIG_A=y\nCONFIG_B=1\n# CONFIG_C is not set\n";
  const changes = "# why\nCONFIG_B=2\n# CONFIG_A is not set\nCONFIG_D=y\n";
  expect(changedConfig(text, changes)).toBe("# CONFIG_A is not set\nCONFIG_B=2\n# CONFIG_C is not set\nCONFIG_D=y\n");
});
