import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import Ajv from "ajv/dist/2020.js";
import { afterAll, describe, expect, test } from "vitest";
import { kasan, publishedSchema, scratch } from "./harness.ts";

const DATA = new URL("../../../packages/report/testdata/", import.meta.url);
const OOB = readFileSync(new URL("slab-out-of-bounds.txt", DATA), "utf8");
const UAF = readFileSync(new URL("slab-use-after-free-irq.txt", DATA), "utf8");
const { file, folder, remove } = scratch();
afterAll(remove);

/** A mail with a body, and what else is in its head. */
const mail = (body: string, ...headers: string[]) =>
  `${["From: Fuzzer <fuzzer@example.org>", "Date: Mon, 5 Jan 2026 10:00:00 +0000", "Subject: a report", ...headers].join("\n")}\n\n${body}`;
const TEXT = "Content-Type: text/plain; charset=utf-8";
const SEPARATOR = "From mboxrd@z Thu Jan  1 00:00:00 1970\n";
const base64 = (text: string) => Buffer.from(text).toString("base64").replace(/.{76}/g, "$&\n");
const quotedPrintable = (text: string) => text.replace(/=/g, "=3D").replace(/ $/gm, "=20").replace(/.{70}/g, "$&=\n");

/** The titles and object sizes that were read of a file. */
async function read(name: string, content: string | Uint8Array) {
  const { code, out } = await kasan("explain", file(name, content), "--format", "json");
  expect([0, 1, 2]).toContain(code);
  const { reports } = JSON.parse(out) as { reports: { title: string; line: number; checks: { ok: boolean }[] }[] };
  return reports;
}
/** Reports without the numbers of their lines, which begin with the mail's text. */
const withoutLines = (reports: object) =>
  JSON.parse(JSON.stringify(reports, (key, value) => (key === "line" ? undefined : value)));
const whole = withoutLines(await read("plain.log", OOB));
const sameAsPlain = (reports: object) => expect(withoutLines(reports)).toEqual(whole);

describe("a mail is read as what its sender wrote", () => {
  test("in quoted-printable, its long lines cut", async () => {
    const text = mail(quotedPrintable(OOB), TEXT, "Content-Transfer-Encoding: quoted-printable");
    sameAsPlain(await read("a.eml", text));
    sameAsPlain(await read("crlf.eml", text.replaceAll("\n", "\r\n")));
  });

  test("in base64", async () => {
    sameAsPlain(await read("b.eml", mail(base64(OOB), TEXT, "Content-Transfer-Encoding: base64")));
  });

  test("in another charset", async () => {
    const body = Buffer.from(`\ufeff${OOB}`, "utf16le").toString("base64").replace(/.{76}/g, "$&\n");
    const headers = ["Content-Type: text/plain; charset=utf-16le", "Content-Transfer-Encoding: base64"];
    sameAsPlain(await read("c.eml", mail(body, ...headers)));
  });

  test("in parts: texts and attached texts, but not what else is attached, and no text twice", async () => {
    const part = (head: string, body: string) => `--cut\n${head}\n\n${body}\n`;
    const body = [
      part(
        "Content-Type: multipart/alternative; boundary=in",
        `--in\n${TEXT}\n\nHello\n--in\nContent-Type: text/html\n\n<pre>${UAF}</pre>\n--in--`,
      ),
      part('Content-Type: application/octet-stream; name="dmesg.log"\nContent-Transfer-Encoding: base64', base64(OOB)),
      part('Content-Type: application/zip; name="x.zip"\nContent-Transfer-Encoding: base64', base64(UAF)),
      "--cut--\n",
    ].join("");
    const text = mail(body, 'Content-Type: multipart/mixed; boundary="cut"');
    sameAsPlain(await read("d.eml", text));
  });

  test("a mail of markup alone is not passed over in silence", async () => {
    const { code, err } = await kasan(
      "explain",
      file("e.eml", mail("<p>the end of BUG: KASAN: is lost</p>\n", "Content-Type: text/html")),
    );
    expect(code).toBe(2);
    expect(err).toContain("speaks of KASAN");
  });
});

const MAILBOX = [
  mail(`>From here on\n${OOB}`, "Message-ID: <first@x>"),
  mail("I see.\n\nFrom what you say, all is well.\n", "Message-ID: <second@x>", "References: <first@x>"),
  mail(UAF, "Message-ID: <third@x>", "References: <first@x>\n <second@x>", "In-Reply-To: <second@x>"),
  mail(OOB, "In-Reply-To: <lost@x>"),
]
  .map((one) => SEPARATOR + one)
  .join("\n");

test("a mail within a mail", async () => {
  const parts = `--cut\n${TEXT}\n\nSee below.\n--cut\nContent-Type: message/rfc822\n\n${mail(OOB, TEXT)}\n--cut--\n`;
  sameAsPlain(await read("f.eml", mail(parts, "Content-Type: multipart/mixed; boundary=cut")));
});

describe("a mailbox", () => {
  test("is as many logs as mails, which know their threads", async () => {
    const path = file("t.mbox.gz", gzipSync(MAILBOX));
    const { code, out } = await kasan("explain", path);
    expect(code).toBe(1);
    expect(out.match(/^Mail .*$/gm)).toEqual([
      "Mail first@x, thread first@x",
      "Mail third@x, thread first@x",
      "Mail without a name, thread lost@x",
    ]);
    const source = ["--kcidb-origin", "our_ci", "--kcidb-build", "their_ci:1"];
    const sent = JSON.parse((await kasan("explain", path, "--format", "kcidb", ...source)).out);
    expect(sent.version).toEqual({ major: 5, minor: 3 });
    expect(sent.tests.map((one: { status: string }) => one.status)).toEqual(["FAIL", "PASS", "FAIL", "FAIL"]);
    expect(sent.issues).toHaveLength(2);
    expect(sent.incidents).toHaveLength(3);
  });

  test("in triage, each report knows its mail", async () => {
    const logs = join(folder, "archive");
    mkdirSync(logs);
    writeFileSync(join(logs, "t.mbox"), MAILBOX);
    writeFileSync(join(logs, "raw.log"), `From the console:\n${OOB}`);
    const out = join(folder, "out");
    expect((await kasan("triage", logs, "-o", out)).err).toContain("2 logs read, 4 reports of 2 bugs");
    const index = JSON.parse(readFileSync(join(out, "index.json"), "utf8"));
    const validate = new Ajv({ strict: true }).compile(publishedSchema("triage"));
    expect(validate(index), JSON.stringify(validate.errors)).toBe(true);
    const mails = index.groups.flatMap(({ members }: { members: { message?: string; thread?: string }[] }) =>
      members.map(({ message, thread }) => [message, thread]),
    );
    expect(mails).toEqual([
      [undefined, undefined],
      ["first@x", "first@x"],
      [undefined, "lost@x"],
      ["third@x", "first@x"],
    ]);
    expect(readFileSync(join(out, "index.csv"), "utf8")).toContain("third@x,first@x");
    expect(readFileSync(join(out, index.groups[1].page), "utf8")).toContain("third@x");
  });
});

test("a maildir: the mails that were delivered", async () => {
  const maildir = join(folder, "maildir");
  for (const name of ["cur", "new", "tmp"]) mkdirSync(join(maildir, name), { recursive: true });
  writeFileSync(join(maildir, "cur", "1.host:2,S"), mail(OOB, "Message-ID: <one@x>"));
  writeFileSync(join(maildir, "new", "2.host"), mail(UAF, "Message-ID: <two@x>"));
  writeFileSync(join(maildir, "tmp", "3.host"), mail(UAF, "Message-ID: <three@x>"));
  const { out } = await kasan("explain", maildir);
  expect(out.match(/^Mail .*$/gm)).toEqual(["Mail one@x, thread one@x", "Mail two@x, thread two@x"]);
  expect((await kasan("triage", maildir, "-o", join(folder, "out-2"))).err).toContain("2 logs read, 2 reports");
});

describe("mails that nobody sends by honest means", () => {
  const nested = Array.from(
    { length: 400 },
    (_, i) => `Content-Type: multipart/mixed; boundary=b${i}\n\n--b${i}\n`,
  ).join("");
  const forwarded = "Content-Type: message/rfc822\n\n".repeat(3000);
  test.each<[string, string, number]>([
    ["parts within parts without end", `${mail("", "X: y").trimEnd()}\n${nested}${TEXT}\n\n${OOB}`, 1],
    ["mails within mails without end", `${mail("", "X: y").trimEnd()}\n${forwarded}${OOB}`, -1],
    ["no boundary where one is due", mail(OOB, "Content-Type: multipart/mixed"), -1],
    [
      "another boundary than the head says",
      mail(`--other\n\n${OOB}`, "Content-Type: multipart/mixed; boundary=cut"),
      -1,
    ],
    ["base64 that is none", mail(`@@@${"!".repeat(500)}\nQUJD=\n===`, TEXT, "Content-Transfer-Encoding: base64"), 0],
    ["a charset that is none", mail(OOB, "Content-Type: text/plain; charset=nothing"), 1],
    ["headers without end", mail(OOB, ...Array.from({ length: 50_000 }, (_, i) => `X-${i}: ${"y".repeat(40)}`)), 1],
    ["parts without number", mail("--c\n\nx\n".repeat(100_000), "Content-Type: multipart/mixed; boundary=c"), 0],
    ["markup that takes long to read", mail("<".repeat(8_000_000), "Content-Type: text/html"), 0],
    [
      "a text and such markup",
      mail(
        `--c\n\n${OOB}\n--c\nContent-Type:\n text/HTML\n\n${"<a href=".repeat(1_000_000)}\n--c--\n`,
        "Content-Type: multipart/mixed; boundary=c",
      ),
      1,
    ],
    ["lines without number", mail(`${"\n".repeat(5_000_000)}${OOB}`, TEXT), 1],
    ["references without end", mail(OOB, `References: ${"<".repeat(60_000)}`), 1],
  ])(
    "%s",
    async (_name, text, count) => {
      for (const content of [text, SEPARATOR + text]) {
        const { code, err, out } = await kasan("explain", file("hostile.eml", content), "--format", "json");
        expect(code, err).not.toBe(70);
        if (count >= 0) expect(JSON.parse(out).reports).toHaveLength(count);
      }
    },
    20_000,
  );

  test("100 MB in one mail are read as they stand", async () => {
    const filler = `${"a line of no interest, again and again\n".repeat(25_000)}`.repeat(100);
    const path = file("huge.eml", mail(`${filler}${OOB}`, "Message-ID: <huge@x>", TEXT));
    const { code, out } = await kasan("explain", path);
    expect(code).toBe(1);
    expect(out).toMatch(/^Mail huge@x/);
  });
});

test("kcidb needs to know whose results they are, and of which build", async () => {
  const log = file("dmesg.log", OOB);
  const explain = (...args: string[]) => kasan("explain", log, "--format", "kcidb", ...args);
  expect((await explain()).err).toContain("needs --kcidb-origin NAME and --kcidb-build ID");
  expect(await explain("--kcidb-origin", "Our CI", "--kcidb-build", "a:1")).toMatchObject({ code: 2, out: "" });
  expect(await explain("--kcidb-origin", "ci", "--kcidb-build", "1")).toMatchObject({ code: 2, out: "" });
  const { code, out } = await explain("--kcidb-origin", "ci", "--kcidb-build", "a:1");
  expect(code).toBe(1);
  expect(JSON.parse(out).tests).toMatchObject([
    { build_id: "a:1", origin: "ci", path: "kasan", status: "FAIL", comment: log },
  ]);
});
