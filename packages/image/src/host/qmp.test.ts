import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { openImage } from "../image.ts";
import { Qmp } from "./qmp.ts";

const folder = mkdtempSync(join(tmpdir(), "kasan-qmp-test-"));
const path = join(folder, "socket");
let server: Server | undefined;
afterEach(() => void server?.close());
afterAll(() => rmSync(folder, { recursive: true }));

/** Listens, and greets as it is told. `answer` gets each line that comes. */
function listen(greeting: string, answer: (line: string, socket: Socket) => void = () => {}): Promise<void> {
  server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (data) => {
      for (const line of String(data).trim().split("\n")) answer(line, socket);
    });
    socket.write(greeting);
  });
  return new Promise((resolve) => server!.listen(path, resolve));
}

const GREETING = '{"QMP":{"version":{},"capabilities":[]}}\r\n';

test("commands are answered in turn, and events passed over", async () => {
  await listen(GREETING, (line, socket) => {
    const { execute } = JSON.parse(line) as { execute: string };
    socket.write('{"event":"STOP"}\r\n{"ret');
    socket.write(execute === "refused" ? 'urn":1,"error":{"desc":"no\\nway"}}\r\n' : `urn":"${execute}"}\r\n`);
  });
  const qmp = await Qmp.open(path);
  expect(await qmp.run("one")).toBe("one");
  expect(await qmp.run("two", { a: 1 })).toBe("two");
  await expect(qmp.run("refused")).rejects.toThrow(`qemu:${path}: refused failed: no way`);
  qmp.close();
});

test.each([
  ["SSH-2.0-OpenSSH\r\n", /is no QMP monitor; start QEMU with -qmp/],
  ["42\n{}\n", /is no QMP monitor/],
  ["x".repeat(2 ** 23), /its answer is too long/],
])("what is no monitor is refused: %#", async (greeting, message) => {
  await listen(greeting);
  await expect(openImage(`qemu:${path}`)).rejects.toThrow(message);
});

test("a monitor that hangs up, and a dump that fails, are told", async () => {
  await listen(GREETING, (line, socket) => {
    if (line.includes("qmp_capabilities")) socket.write('{"return":{}}\n');
    else if (line.includes("query-dump")) socket.write('{"return":{"status":"failed","completed":0,"total":1}}\n');
    else socket.write('{"return":{}}\n');
  });
  await expect(openImage(`qemu:${path}`)).rejects.toThrow(
    /it could not write its dump: may it write in .*\? Set TMPDIR/,
  );
  server!.close();
  rmSync(path, { force: true });
  await listen(GREETING, (_, socket) => socket.destroy());
  await expect(openImage(`qemu:${path}`)).rejects.toThrow(/it hung up/);
});
