import { describe, expect, it } from "vitest";
import { ownMessages, warningFlags } from "./warnings.ts";

describe("a compiler's flags about warnings", () => {
  it("are those of a kernel's build for a user's own file", () => {
    expect(warningFlags("/home/me/drv.c")).toEqual(
      expect.arrayContaining(["-Wall", "-Wno-unused-parameter", "-Werror=incompatible-pointer-types"]),
    );
    expect(warningFlags("drv.c", ["-Wno-unused"]).at(-1)).toBe("-Wno-unused");
    expect(warningFlags("drv.c")).toEqual(warningFlags("/home/me/drv.c"));
  });

  it("turn warnings off for a kernel's source, and for ours", () => {
    expect(warningFlags("/linux/lib/sort.c", ["-Wextra"])).toEqual(["-w"]);
    expect(warningFlags("/kasan/arch/lib/sched.c")).toEqual(["-w"]);
  });
});

describe("a compiler's messages", () => {
  const own = `In file included from a.c:1:
a.h:2:3: warning: own [-Wfoo]
    2 | int x;
In file included from a.c:2:
/linux/include/linux/list.h:9:9: note: expanded from macro
`;
  const header = `In file included from a.c:3:
In file included from /linux/include/linux/fs.h:4:
/linux/include/linux/mm.h:5:6: warning: theirs [-Wbar]
    5 | int y;
a.c:3:1: note: expanded here
`;
  const error = `In file included from a.c:3:
/linux/include/linux/mm.h:7:8: error: wrong
`;

  it("are those about the user's files, and all errors", () => {
    expect(ownMessages(`${own}${header}${error}${own}2 warnings and 1 error generated.\n`)).toBe(own + error + own);
    expect(ownMessages(`${header}1 warning generated.\n`)).toBe("");
  });

  it("are kept if they are of another kind", () => {
    expect(ownMessages("clang: error: no input\n")).toBe("clang: error: no input\n");
    expect(ownMessages("")).toBe("");
  });
});
