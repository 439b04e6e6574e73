import type { Coverage } from "@kasan/guest";
import { describe, expect, it } from "vitest";
import { lcov } from "./lcov.ts";
import { coveragePage } from "./page.ts";

const COVERAGE: Coverage = {
  edges: 5,
  passed: 3,
  files: [
    {
      file: "lib/a.c",
      lines: [
        { line: 2, count: 255 },
        { line: 3, count: 0 },
      ],
    },
    { file: "gone<b>.c", lines: [{ line: 7, count: 4 }] },
  ],
};

describe("coverage", () => {
  it("is a tracefile", () => {
    expect(lcov(COVERAGE, "my-test")).toBe(
      "TN:my_test\nSF:lib/a.c\nDA:2,255\nDA:3,0\nLF:2\nLH:1\nend_of_record\n" +
        "TN:my_test\nSF:gone<b>.c\nDA:7,4\nLF:1\nLH:1\nend_of_record\n",
    );
  });

  it("is a page with each file's source, marked", () => {
    const html = coveragePage(COVERAGE, "What ran", (file) =>
      file === "lib/a.c" ? "int f(void)\n{\n\treturn 1 < 2;\n}\n" : undefined,
    );
    expect(html).toContain("3 of 5 edges passed, in 2 files.");
    expect(html).toContain(
      '<a href="#file-1">lib/a.c</a></th><td class="number">1</td><td class="number">2</td><td class="number">50 %</td>',
    );
    expect(html).toContain('<tr class="passed"><td class="n">2</td><td class="count">255+</td><td class="code">{</td>');
    expect(html).toContain(
      '<tr class="not"><td class="n">3</td><td class="count">not</td><td class="code">\treturn 1 &lt; 2;',
    );
    expect(html).toContain('<tr><td class="n">4</td><td class="count"></td>');
    expect(html).not.toContain('<td class="n">5</td>');
    expect(html).toContain("gone&lt;b&gt;.c</strong>: 1 of 1 line");
    expect(html).toContain("The file is not there");
  });
});
