import { expect, test } from "vitest";
import { escapeHtml, page } from "./index.ts";

test("text is shown as it is, in elements and attributes", () => {
  expect(escapeHtml(`<a href="x" id='y'>&`)).toBe("&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;");
});

test("what HTML forbids is replaced", () => {
  expect(escapeHtml("a\u0000b\u001bc\ud800d\te\n")).toBe("a\ufffdb\ufffdc\ufffdd\te\n");
});

test("a page has its title escaped, its own style and its body as it is", () => {
  const html = page("<1>", "<p>body</p>", ".own{}");
  expect(html).toContain("<title>&lt;1&gt;</title>");
  expect(html).toContain("<h1>&lt;1&gt;</h1>");
  expect(html).toMatch(/<style>[\s\S]*\n\.own\{\}<\/style>/);
  expect(html).toContain('<main id="main">\n<p>body</p>\n</main>');
  expect(html).not.toMatch(/<script|src=|https?:/);
});
