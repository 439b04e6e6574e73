import { expect, test } from "vitest";
import { guide, guides } from "./guides.js";

test("there are guides", () => expect(guides().length).toBeGreaterThan(5));

test.each(guides())("%s shows what its commands print (node scripts/guides.js writes it)", async (name) => {
  const { now, shown } = await guide(name);
  expect(shown).toBe(now);
});
