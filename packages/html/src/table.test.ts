import { expect, test } from "vitest";
import { dataTable, mark, sections } from "./index.ts";

test("columns of numbers and of addresses have a place and digits of their own", () => {
  const html = dataTable("<t>", [
    ["from", "size", "name", "mixed"],
    ["ffff888000000000", "8 TB", "deadbeef", "1"],
    ["ffffc90000000000", "", "map", "-"],
  ]);
  expect(html).toContain(
    '<th scope="col" class="hex">from</th><th scope="col" class="number">size</th><th scope="col">name</th>',
  );
  expect(html).toContain(
    '<th scope="row" class="hex">ffff888000000000</th><td class="number">8 TB</td><td>deadbeef</td><td>1</td>',
  );
  expect(html).toContain('aria-label="&lt;t&gt;"');
});

test("a verdict has its mark, a link its place; all text is escaped", () => {
  const html = dataTable("t", [
    ["", "x"],
    ["<a>", { text: "<b>", tone: "bad", href: '#"' }],
  ]);
  expect(html).toContain('<td></td><th scope="col">x</th>');
  expect(html).toContain(
    '<th scope="row">&lt;a&gt;</th><td><a href="#&quot;"><span class="mark bad">&lt;b&gt;</span></a></td>',
  );
  expect(mark("good", "<")).toBe('<span class="mark good">&lt;</span>');
});

test("several parts have a list of contents, many a folded one", () => {
  const parts = (count: number) => Array.from({ length: count }, (_, i) => ({ title: `<${i}>`, body: "" }));
  expect(sections(parts(2))).not.toContain("<nav");
  expect(sections(parts(3))).toMatch(/<nav[^>]*><ul><li><a href="#part-1">&lt;0&gt;<[\s\S]*<h2 id="part-1">&lt;0&gt;</);
  expect(sections([...parts(16), { title: "last", body: "", id: "own" }])).toMatch(
    /<nav[^>]*><details><summary>Contents: 17 parts<[\s\S]*href="#own">last<[\s\S]*<h2 id="own">/,
  );
});

test("a bar has parts as wide as their shares, and is not read out", () => {
  const html = dataTable("t", [
    ["cache", "objects", "bytes"],
    [
      "a",
      {
        text: "",
        bar: [
          { share: 0.25, fill: "one two" },
          { share: 0, fill: "none" },
        ],
      },
      "7",
    ],
  ]);
  expect(html).toContain(
    '<td><span class="amounts" aria-hidden="true"><span class="one two" style="width:25.00%"></span></span></td><td class="number">7</td>',
  );
});
