import { Worker } from "node:worker_threads";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { MessageQueue } from "./message-queue.ts";

/** What a thread runs: a worker of Node 20 runs only JavaScript. */
const SENDER = {
  stdin: {
    contents: `import { workerData } from "node:worker_threads";
      import { MessageQueue } from "./message-queue.ts";
      const queue = new MessageQueue(workerData.buffer);
      for (let count = 0; count < workerData.COUNT; count++) queue.send({ from: workerData.from, count });`,
    resolveDir: import.meta.dirname,
  },
  conditions: ["@kasan/source"],
};

test("messages come out as they were sent, in order, and once", () => {
  const queue = new MessageQueue<unknown>();
  const messages = [
    { text: "two\nlines, é, \ud83d\ude00", none: null, list: [1, -0.5], yes: true },
    { address: 0xffff888000a18173n, nested: [{ words: [0n, -1n] }] },
    "$bigint",
  ];
  for (const message of messages) new MessageQueue(queue.buffer).send(message);
  expect(queue.receive()).toEqual({ messages, lost: false });
  expect(queue.receive()).toEqual({ messages: [], lost: false });
});

test("what finds no room is lost, which is told once; what fits is not", () => {
  const queue = new MessageQueue<string>(new SharedArrayBuffer(100));
  for (const message of ["first", "x".repeat(100), "second"]) queue.send(message);
  expect(queue.receive()).toEqual({ messages: ["first", "second"], lost: true });
  queue.send("x".repeat(100));
  expect(queue.receive()).toEqual({ messages: [], lost: true });
  queue.send("third");
  expect(queue.receive()).toEqual({ messages: ["third"], lost: false });
});

test("several threads send at a time, and no message is torn", async () => {
  const queue = new MessageQueue<{ from: number; count: number }>();
  const COUNT = 20_000;
  const { buffer } = queue;
  const { outputFiles } = await build({ ...SENDER, bundle: true, write: false, format: "cjs", platform: "node" });
  const workers = [0, 1].map(
    (from) => new Worker(outputFiles[0]!.text, { eval: true, workerData: { buffer, from, COUNT } }),
  );
  const ended = Promise.all(workers.map((worker) => new Promise((resolve) => worker.once("exit", resolve))));
  const next = [0, 0];
  const take = () => {
    for (const { from, count } of queue.receive().messages) expect(count).toBe(next[from]!++);
  };
  const timer = setInterval(take, 0);
  await ended;
  clearInterval(timer);
  take();
  expect(next).toEqual([COUNT, COUNT]);
});
