import type { TimelineEvent } from "../protocol.ts";
import { element } from "./dom.ts";
import { addressText } from "./hex.ts";
import type { LinkTargets } from "./links.ts";

/** What of an object's life is known. */
interface Life {
  readonly address: bigint;
  readonly size: number | undefined;
  /** Indices of events: when it begins, and when it ends. */
  readonly from: number;
  to: number | undefined;
  /** A free of what is not allocated. */
  readonly bad?: boolean;
}

/** What a program allocated and freed, step by step: a lane for each object, an event at a time. */
export class TimelineView {
  readonly panel = element("div", { class: "panel timeline" });
  private readonly slider = element("input", { type: "range", min: 0, id: "step", "aria-label": "Step" });
  private readonly said = element("p", { "aria-live": "polite" });
  private readonly lanes = element("div", { class: "lanes", "aria-hidden": "true" });
  private readonly list = element("ol", { class: "events" });
  private events: readonly TimelineEvent[] = [];
  private lives: readonly Life[] = [];

  constructor(private readonly targets: () => LinkTargets) {
    this.slider.addEventListener("input", () => this.step(this.now));
    const move = (by: number) => () => this.step(this.now + by);
    const button = (text: string, label: string, by: number) =>
      element("button", { type: "button", "aria-label": label, click: move(by) }, text);
    this.panel.append(
      element(
        "div",
        { class: "fields steps" },
        button("◀", "One step back", -1),
        this.slider,
        button("▶", "One step on", 1),
      ),
      this.said,
      this.lanes,
      this.list,
    );
    this.show([]);
  }

  /** Shows the events of a run. */
  show(events: readonly TimelineEvent[]): void {
    this.events = events;
    this.lives = livesOf(events);
    this.slider.max = String(Math.max(0, events.length - 1));
    this.slider.disabled = events.length === 0;
    this.list.replaceChildren(...events.map((event, i) => this.item(event, i)));
    if (events.length === 0) {
      this.lanes.replaceChildren();
      this.said.textContent = "Nothing was allocated or freed.";
    } else this.step(events.length - 1);
  }

  private get now(): number {
    return Number(this.slider.value);
  }

  /** Shows how things stand after an event. */
  private step(to: number): void {
    if (this.events.length === 0) return;
    const index = Math.min(Math.max(0, to), this.events.length - 1);
    this.slider.value = String(index);
    const live = this.lives.filter(
      (life) => !life.bad && life.from <= index && (life.to === undefined || life.to > index),
    );
    const bytes = live.reduce((sum, { size = 0 }) => sum + size, 0);
    this.said.textContent = `Step ${index + 1} of ${this.events.length}: ${words(this.events[index]!)}. Allocated now: ${live.length}, ${bytes} bytes.`;
    this.lanes.replaceChildren(...this.lives.map((life) => this.lane(life, index)));
    for (const [i, item] of [...this.list.children].entries()) {
      if (i === index) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
      item.classList.toggle("later", i > index);
    }
  }

  private lane(life: Life, now: number): HTMLElement {
    const { length } = this.events;
    const end = life.to ?? (life.bad ? life.from : length);
    const percent = (count: number) => `${((100 * count) / length).toFixed(2)}%`;
    const bar = element("span", {
      class: `life ${life.bad ? "bad-free" : ""} ${life.from > now ? "later" : end <= now ? "over" : ""}`,
      style: `margin-left:${percent(life.from)};width:${percent(Math.max(0.5, end - life.from))}`,
    });
    return element("div", { class: "lane" }, bar);
  }

  private item(event: TimelineEvent, index: number): HTMLElement {
    const { address, line } = event;
    const { line: go, address: open, file } = this.targets();
    const link = (text: string, click: () => void) => element("button", { type: "button", class: "link", click }, text);
    const time = `${(event.time / 1e9).toFixed(6)} s`;
    return element(
      "li",
      { class: event.kind },
      link(time, () => this.step(index)),
      ` ${event.by}${event.size === undefined ? "" : `, ${event.size} bytes`} `,
      link(addressText(address), () => open(address)),
      ...(line === undefined ? [] : [" in ", link(`${file}:${line}`, () => go(line))]),
    );
  }
}

const words = ({ kind, by, size, address }: TimelineEvent): string =>
  kind === "allocate" ? `${by} gave ${size} bytes at ${addressText(address)}` : `${by} of ${addressText(address)}`;

/** Follows each object from its allocation to its free. */
function livesOf(events: readonly TimelineEvent[]): Life[] {
  const lives: Life[] = [];
  const live = new Map<bigint, Life>();
  for (const [index, { kind, address, size }] of events.entries()) {
    const known = live.get(address);
    if (kind === "free") {
      if (known) known.to = index;
      else lives.push({ address, size: undefined, from: index, to: undefined, bad: true });
      live.delete(address);
      continue;
    }
    // What was freed in a way that is not told, as krealloc does.
    if (known) known.to = index;
    const life = { address, size, from: index, to: undefined };
    lives.push(life);
    live.set(address, life);
  }
  return lives;
}
