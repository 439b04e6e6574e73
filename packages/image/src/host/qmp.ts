import { connect, type Socket } from "node:net";
import { ImageError } from "../error.ts";

/** A command that is not answered in this time is given up. Milliseconds. */
const TIMEOUT = 30_000;
/** Characters of an answer. */
const MOST_LINE = 2 ** 22;

type Answer = { readonly return?: unknown; readonly error?: { readonly desc?: unknown }; readonly QMP?: unknown };

/** A connection to QEMU's monitor (docs/interop/qmp-spec). Commands are given one after the other. */
export class Qmp {
  private buffer = "";
  private waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined;
  private readonly answers: Answer[] = [];
  private broken: Error | undefined;

  private constructor(
    private readonly socket: Socket,
    private readonly address: string,
  ) {
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => this.take(text));
    socket.on("error", (error) => this.fail(error));
    socket.on("close", () => this.fail(new Error("it hung up")));
  }

  /**
   * Connects to a monitor.
   *
   * @param address - the path of its socket, or host and port: `localhost:4444`
   * @throws {@link ImageError} `IMAGE_READ`
   */
  static async open(address: string): Promise<Qmp> {
    const [, host, port] = /^([\w.-]+):(\d{1,5})$/.exec(address) ?? [];
    const socket = host !== undefined && port !== undefined ? connect(Number(port), host) : connect(address);
    const qmp = new Qmp(socket, address);
    try {
      const greeting = await qmp.next();
      if (greeting.QMP === undefined)
        throw qmp.problem("is no QMP monitor; start QEMU with -qmp unix:PATH,server=on,wait=off");
      await qmp.run("qmp_capabilities");
      return qmp;
    } catch (error) {
      qmp.close();
      throw error;
    }
  }

  /**
   * Runs a command. Returns what it returned.
   *
   * @throws {@link ImageError} `IMAGE_READ`, with what QEMU says of it
   */
  async run(execute: string, args?: Readonly<Record<string, unknown>>): Promise<unknown> {
    this.socket.write(`${JSON.stringify({ execute, ...(args && { arguments: args }) })}\n`);
    const answer = await this.next();
    if (answer.error === undefined) return answer.return;
    throw this.problem(`${execute} failed: ${String(answer.error.desc).replace(/\s+/g, " ").slice(0, 500)}`);
  }

  close(): void {
    this.socket.destroy();
  }

  /** What comes next that is no event. */
  private async next(): Promise<Answer> {
    const there = this.answers.shift();
    if (there) return there;
    if (this.broken) throw this.problem(this.broken.message);
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<Answer>((resolve, reject) => {
        this.waiting = { resolve, reject };
        timer = setTimeout(() => reject(new Error("it does not answer")), TIMEOUT);
      });
    } catch (error) {
      throw this.problem((error as Error).message);
    } finally {
      clearTimeout(timer);
      this.waiting = undefined;
    }
  }

  private take(text: string): void {
    this.buffer += text;
    const lines = this.buffer.split("\n");
    this.buffer = lines.pop()!;
    for (const line of lines) this.takeLine(line);
    if (this.buffer.length > MOST_LINE) this.fail(new Error("its answer is too long"));
  }

  private takeLine(line: string): void {
    let answer: Answer & { event?: unknown };
    try {
      answer = JSON.parse(line);
    } catch {
      return this.fail(new Error("is no QMP monitor; start QEMU with -qmp unix:PATH,server=on,wait=off"));
    }
    if (typeof answer !== "object" || answer === null || answer.event !== undefined) return;
    if (this.waiting) this.waiting.resolve(answer);
    else this.answers.push(answer);
    this.waiting = undefined;
  }

  private fail(error: Error): void {
    this.broken ??= error;
    this.waiting?.reject(error);
    this.waiting = undefined;
    this.socket.destroy();
  }

  private problem(what: string): ImageError {
    return new ImageError("IMAGE_READ", `qemu:${this.address}: ${what}`);
  }
}
