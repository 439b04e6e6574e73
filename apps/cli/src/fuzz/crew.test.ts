import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { Crew, type CrewTask } from "./crew.ts";
import type { FromWorker } from "./worker-messages.ts";

const folder = mkdtempSync(join(tmpdir(), "kasan-crew-"));
afterAll(() => rmSync(folder, { recursive: true }));

const TASK = { files: [], flags: {}, inputs: [], dictionary: [], known: [] } as unknown as CrewTask;
/** What a worker begins with. */
const HEAD = `import { parentPort, workerData } from "node:worker_threads";
const { number, executions, control } = workerData;
const say = (message) => parentPort.postMessage(message);
say({ kind: "ready", target: "t" });
`;
const END = `say({ kind: "progress", text: String(executions) });
say({ kind: "end" });
process.exit();
`;

/** Runs a crew of a program, and returns what its workers said. */
async function run(
  program: string,
  jobs = 2,
  hear: (worker: number, message: FromWorker, crew: Crew) => void = () => {},
) {
  const path = join(folder, `${Math.random()}.mjs`);
  writeFileSync(path, HEAD + program);
  const heard: [number, FromWorker][] = [];
  const crew: Crew = new Crew(TASK, {
    jobs,
    executions: 11,
    hear: (worker, message) => {
      heard.push([worker, message]);
      hear(worker, message, crew);
    },
    program: pathToFileURL(path),
  });
  const error = await crew.done.then(
    () => undefined,
    (thrown: Error & { code?: string }) => thrown,
  );
  const before = performance.now();
  await crew.end();
  return { heard, error, milliseconds: performance.now() - before };
}

describe("a crew", () => {
  it("shares the number of inputs among its workers", async () => {
    const { heard, error } = await run(END, 3);
    expect(error).toBeUndefined();
    const ends = heard.flatMap(([worker, message]) =>
      message.kind === "progress" ? [[worker, Number(message.text)]] : [],
    );
    expect(ends.sort()).toEqual([
      [0, 4],
      [1, 4],
      [2, 3],
    ]);
  });

  it("hands on what one worker finds to the others alone", async () => {
    const program = `parentPort.on("message", ({ input }) => {
  say({ kind: "shorter", input, instead: input });
  ${END}
});
if (number === 1) say({ kind: "new", input: Uint8Array.of(1), first: [], edges: 1 });
if (number === 1) { ${END} }
`;
    const { heard } = await run(program, 3, (worker, message, crew) => {
      // The third one may not be there yet.
      if (message.kind === "new") setTimeout(() => crew.tellOthers(worker, { input: message.input }), 300);
    });
    expect(heard.flatMap(([worker, { kind }]) => (kind === "shorter" ? [worker] : [])).sort()).toEqual([0, 2]);
  });

  it.each([
    ["process.exit(3);", "WORKER", "worker 0 ended by itself"],
    ['throw new Error("broken");', undefined, "broken"],
    [
      'say({ kind: "error", error: { message: "no target", code: "NO_ENTRY", details: "d", stack: "" } });',
      "NO_ENTRY",
      "no target",
    ],
  ])("ends with %s", async (program, code, message) => {
    const { heard, error } = await run(
      `say({ kind: "new", input: Uint8Array.of(1), first: [], edges: 1 });\n${program}`,
      1,
    );
    expect([error?.code, error?.message]).toEqual([code, message]);
    expect(heard.map(([, { kind }]) => kind)).toContain("new");
  });

  it("ends with the error of whoever hears its workers", async () => {
    const { error } = await run("setInterval(() => {}, 1000);", 1, () => {
      throw new Error("the disk is full");
    });
    expect(error?.message).toBe("the disk is full");
  });

  it("is ended within a second, whatever its workers do", async () => {
    const { milliseconds } = await run("process.nextTick(() => { throw new Error(); }); ", 1);
    expect(milliseconds).toBeLessThan(1000);
    const path = join(folder, "busy.mjs");
    writeFileSync(path, `${HEAD}for (;;);`);
    const crew = new Crew(TASK, { jobs: 1, executions: undefined, hear: () => {}, program: pathToFileURL(path) });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const before = performance.now();
    await crew.end();
    expect(performance.now() - before).toBeLessThan(1000);
  });
});
