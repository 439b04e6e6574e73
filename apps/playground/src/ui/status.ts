import type { Tone } from "@kasan/html";

const MEGABYTE = 2 ** 20;

/** One line on what goes on, or what came of it, and how much of clang there is. */
export class Status {
  private readonly line: HTMLElement;
  private readonly bar: HTMLProgressElement;
  /** Beside the line: whoever has it read aloud need not hear of each percent. */
  private readonly amount: HTMLElement;

  constructor(place: HTMLElement) {
    this.line = place.querySelector("p")!;
    this.bar = place.querySelector("progress")!;
    this.amount = place.querySelector("span")!;
  }

  /** Says what came of something. */
  say(text: string, tone?: Tone): void {
    this.bar.hidden = true;
    this.amount.textContent = "";
    this.line.textContent = text;
    this.line.className = tone === undefined ? "" : `mark ${tone}`;
  }

  /** Says what goes on. */
  busy(what: string): void {
    this.say(`${what} …`);
  }

  /** Shows how many bytes of clang there are. */
  fetching(done: number, total: number): void {
    if (done >= total) return this.busy("starting clang");
    const [there, all] = [done, total].map((bytes) => Math.round(bytes / MEGABYTE));
    if (this.bar.hidden) this.busy("fetching clang, once");
    this.amount.textContent = `${there} of ${all} MB`;
    this.bar.hidden = false;
    this.bar.max = total;
    this.bar.value = done;
  }
}
