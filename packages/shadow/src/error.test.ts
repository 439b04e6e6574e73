import { expect, test } from "vitest";
import { KasanError, ShadowError } from "./error.ts";

test("errors tell whose they are, which, and why", () => {
  const cause = new Error("why");
  const error = new ShadowError("SHADOW_RANGE", "what", { cause });
  expect(error).toBeInstanceOf(KasanError);
  expect(error).toMatchObject({ name: "ShadowError", code: "SHADOW_RANGE", message: "what", cause });
  expect(new KasanError("X", "y").name).toBe("KasanError");
});
