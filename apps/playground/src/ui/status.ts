import type { Tone } from "@kasan/html";

const MEGABYTE = 2 ** 20;

/** One line on what goes on, or what came of it, and how much of clang there is. */
export class Status {
  private readonly line: HTMLElement;
  private readonly bar: HTMLProgressElement;

  constructor(place: HTMLElement) {
    this.line = place.querySelector("p")!;
    this.bar = place.querySelector("progress")!;
  }

  /** Says what came of something. */
  say(text: string, tone?: Tone): void {
    this.bar.hidden = true;
    this.line.textContent = text;
    this.line.className = tone === undefined ? "" : `mark ${tone}`;
  }

  /** Says what goes on. */
  busy(what: string): void {
    this.say(`${what} …`);
  }

  /** Shows how many bytes of clang there are. */
  fetching(done: number, total: number): void {
    const whole = Math.max(total, done);
    this.line.textContent = `fetching clang, once: ${Math.floor(done / MEGABYTE)} of ${Math.ceil(whole / MEGABYTE)} MB`;
    this.line.className = "";
    this.bar.hidden = done >= whole;
    this.bar.max = whole;
    this.bar.value = done;
  }
}
