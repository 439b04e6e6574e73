import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Ajv from "ajv/dist/2020.js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { kasan, publishedSchema } from "./harness.ts";

const DATA = new URL("../../../packages/report/testdata/", import.meta.url);
const OOB = readFileSync(new URL("slab-out-of-bounds.txt", DATA), "utf8");
const UAF = readFileSync(new URL("slab-use-after-free-irq.txt", DATA), "utf8");
const ELSEWHERE = OOB.replaceAll("ffff888000", "ffff888111");

let folder: string;
let mails: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kasan-mails-"));
  mails = join(folder, "mails");
  for (const name of ["cur", "new", "tmp"]) mkdirSync(join(mails, name), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const mail = (body: string, ...headers: string[]) =>
  `${["From: a@b.c", "Date: Mon, 5 Jan 2026 10:00:00 +0000", ...headers].join("\n")}\n\n${body}`;
const id = (name: string) => `Message-ID: <${name}@x>`;
const replyTo = (...names: string[]) => `References: ${names.map((name) => `<${name}@x>`).join(" ")}`;
const quote = (text: string, mark = "> ") => text.replace(/^/gm, mark);
const put = (name: string, text: string) => writeFileSync(join(mails, name), text);
const triage = async (...paths: string[]) => (await kasan("triage", ...paths, "-o", join(folder, "out"))).err;

interface Place {
  file: string;
  message?: string;
  day?: string;
}
const members = () => {
  const index = JSON.parse(readFileSync(join(folder, "out", "index.json"), "utf8"));
  const validate = new Ajv({ strict: true }).compile(publishedSchema("triage"));
  expect(validate(index), JSON.stringify(validate.errors)).toBe(true);
  return (index.groups as { members: (Place & { copies?: Place[] })[] }[]).flatMap((group) => group.members);
};
const messages = () =>
  members().map(({ message, copies = [] }) => [message, ...copies.map((copy) => copy.message)].join(" "));

describe("a mail that is there twice counts once", () => {
  test.each([
    ["with a name", [id("one")]],
    ["without a name", []],
  ])("moved inside a maildir between two runs, %s", async (_name, headers) => {
    put("new/1.host", mail(OOB, ...headers));
    expect(await triage(mails)).toContain("1 report of 1 bug:");
    renameSync(join(mails, "new/1.host"), join(mails, "cur/1.host:2,S"));
    expect(await triage(mails)).toContain("1 report of 1 bug, and 1 copy of them in mails:");
    const [member] = members();
    expect(member!.file).toMatch(/cur\/1\.host:2,S$/);
    expect(member!.copies).toMatchObject([{ file: expect.stringMatching(/new\/1\.host$/) }]);
    expect(readFileSync(join(folder, "out", "index.txt"), "utf8")).toMatch(/again in .*new\/1\.host:2/);
  });

  test("in two mailboxes, with another footer", async () => {
    const one = mail(OOB + UAF, id("one"));
    for (const [name, text] of [
      ["a.mbox", one],
      ["b.mbox", `${one}\n_______\na list\n`],
    ]) {
      put(name!, `From x Thu Jan  1 00:00:00 1970\n${text}`);
    }
    expect(await triage(mails)).toContain("2 reports of 2 bugs, and 2 copies");
  });

  test("but two mails do not, and what one name stands for twice counts twice", async () => {
    put("cur/1", mail(OOB, id("one")));
    put("cur/2", mail(OOB, id("two")));
    put("cur/3", mail(UAF, id("one")));
    put("cur/4", mail(`${OOB}x`));
    put("cur/5", mail(`${OOB}y`));
    expect(await triage(mails)).toContain("5 reports of 2 bugs:");
  });
});

describe("a report that a mail of the same thread quotes counts once", () => {
  test("wherever the original is, and however deep it is quoted", async () => {
    put("cur/1", mail(quote(quote(OOB)), id("third"), replyTo("first", "second")));
    put("cur/2", mail(OOB, id("first")));
    put("cur/3", mail(`On Monday, a wrote:\n${quote(OOB)}\nI see.\n`, id("second"), "In-Reply-To: <first@x>"));
    expect(await triage(mails)).toContain("1 report of 1 bug, and 2 copies");
    expect(messages()).toEqual(["first@x third@x second@x"]);
  });

  test("with its lines cut out", async () => {
    put("cur/1", mail(OOB, id("first")));
    const cut = OOB.replace(/^Write of size.*\n/m, "").replace(/The buggy address belongs to the object.*/s, "");
    put("cur/2", mail(quote(cut), id("second"), replyTo("first")));
    expect(await triage(mails)).toContain("1 report of 1 bug, and 1 copy");
  });

  test("by a chain of mails that name only the one before", async () => {
    put("cur/1", mail(OOB, id("a")));
    put("cur/2", mail("I see.\n", id("b"), "In-Reply-To: <a@x>"));
    put("cur/3", mail(quote(OOB), id("c"), "In-Reply-To: <b@x>"));
    put("cur/4", mail(quote(OOB), id("d"), "In-Reply-To: <c@x>"));
    expect(await triage(mails)).toContain("1 report of 1 bug, and 2 copies");
  });

  test("but not another report of it, nor that of another thread", async () => {
    put("cur/1", mail(OOB, id("first")));
    put("cur/2", mail(ELSEWHERE, id("second"), replyTo("first")));
    put("cur/3", mail(quote(ELSEWHERE.replaceAll("ffff888111", "ffff888222")), id("third"), replyTo("first")));
    put("cur/4", mail(quote(OOB), id("fourth"), replyTo("other")));
    expect(await triage(mails)).toContain("4 reports of 1 bug:");
  });

  test("a quotation alone counts once", async () => {
    put("cur/1", mail(quote(OOB), id("second"), replyTo("first")));
    put("cur/2", mail(quote(quote(OOB)), id("third"), replyTo("first", "second")));
    expect(await triage(mails)).toContain("1 report of 1 bug, and 1 copy");
  });
});

test("a report has the day that its own line says, or else that of the mail", async () => {
  put("new/1", mail(OOB, id("one")));
  put("new/2", mail(UAF.replace(/^/gm, "[Tue Jun  4 09:23:11 2024] "), id("two")));
  await triage(mails);
  expect(members().map(({ message, day }) => [message, day])).toEqual(
    expect.arrayContaining([
      ["one@x", "2026-01-05"],
      ["two@x", "2024-06-04"],
    ]),
  );
  const html = readFileSync(join(folder, "out", "index.html"), "utf8");
  expect(html).toContain('<td class="day">2024-06-04</td><td class="day">2024-06-04</td>');
  expect(html).toContain('type="date"');
});

test("threads that go round in circles end", async () => {
  put("cur/1", mail(OOB, id("a"), "In-Reply-To: <b@x>"));
  put("cur/2", mail(OOB, id("b"), "In-Reply-To: <a@x>"));
  expect(await triage(mails)).toContain("2 reports of 1 bug:");
});
