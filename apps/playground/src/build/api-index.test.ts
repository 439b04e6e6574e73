import { expect, test } from "vitest";
import { apiOf } from "./api-index.ts";

const HEADER = `/* SPDX-License-Identifier: MIT */
#ifndef _A_H
#define _A_H
#define FLAG (1 << 3)
struct thing {
	int a;
};
/* Makes a thing. */
struct thing *make(size_t size,
		   void (*done)(struct thing *)) __must_check;
void __internal(void);
/*
 * Twice
 * as much.
 */
static __always_inline int twice(int x)
{
	if (x)
		return call(x);
	return 2 * x;
}
#define each(pos, head) for (;;)
#endif
`;

test("functions, macros, constants and types with their comments; nothing internal", () => {
  expect(apiOf({ "linux/a.h": HEADER })).toEqual([
    {
      name: "make",
      kind: "function",
      signature: "struct thing *make(size_t size, void (*done)(struct thing *))",
      header: "linux/a.h",
      comment: "Makes a thing.",
    },
    { name: "twice", kind: "function", signature: "int twice(int x)", header: "linux/a.h", comment: "Twice as much." },
    { name: "each", kind: "macro", signature: "each(pos, head)", header: "linux/a.h" },
    { name: "FLAG", kind: "constant", signature: "FLAG = (1 << 3)", header: "linux/a.h" },
    { name: "thing", kind: "type", signature: "struct thing", header: "linux/a.h" },
  ]);
});

test("the first declaration of a name counts", () => {
  expect(apiOf({ "a.h": "int f(void);", "b.h": "int f(int x);" }).map(({ header }) => header)).toEqual(["a.h"]);
});
