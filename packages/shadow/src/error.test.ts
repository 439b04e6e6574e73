import { expect, test } from "vitest";
import { fileReason, KasanError, ShadowError } from "./error.ts";

test("errors tell whose they are, which, and why", () => {
  const cause = new Error("why");
  const error = new ShadowError("SHADOW_RANGE", "what", { cause });
  expect(error).toBeInstanceOf(KasanError);
  expect(error).toMatchObject({ name: "ShadowError", code: "SHADOW_RANGE", message: "what", cause });
  expect(new KasanError("X", "y").name).toBe("KasanError");
});

test.each([
  [Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" }), "the disk is full"],
  [Object.assign(new Error("ESTALE: stale handle"), { code: "ESTALE" }), "ESTALE: stale handle"],
  [new Error("something else"), "something else"],
  ["a text", "a text"],
  [undefined, "undefined"],
])("fileReason(%s) is %s", (error, reason) => expect(fileReason(error)).toBe(reason));
