import { KasanError } from "@kasan/shadow";
import { expect, test } from "vitest";
import { VmallocError } from "./error.ts";

test("an error has a code for programs and a name for logs", () => {
  const error = new VmallocError("VMALLOC_RANGE", "no range");
  expect(error).toBeInstanceOf(KasanError);
  expect(error).toMatchObject({ code: "VMALLOC_RANGE", name: "VmallocError", message: "no range" });
});
