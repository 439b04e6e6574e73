/** A worker of a browser that runs a guest's tasks. */
import { runThread } from "../../run/thread.ts";
import type { ThreadData } from "../../run/threads.ts";
import { helpedBy } from "./threads.ts";

// Its helper made it.
helpedBy(globalThis);
addEventListener("message", ({ data }: MessageEvent<ThreadData>) => void runThread(data).then(close), { once: true });
