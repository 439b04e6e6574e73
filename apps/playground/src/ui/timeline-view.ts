import type { Timeline, TimelineEvent } from "../protocol.ts";
import { element } from "./dom.ts";
import { addressText } from "./hex.ts";
import { addressLink, type LinkTargets, lineLink } from "./links.ts";
import { endOf, type Life, lanesOf, livesOf } from "./lives.ts";

/** Events that are seen at a time. */
const PAGE = 200;
/** More objects that are allocated at the same time are counted. */
const MOST_LANES = 100;

const EMPTY: Timeline = { events: [], more: 0 };

/** What a program allocated and freed, step by step: a bar for each object, an event at a time. */
export class TimelineView {
  readonly panel = element("div", { class: "panel timeline" });
  private readonly slider = element("input", { type: "range", min: 0, id: "step", "aria-label": "Step" });
  private readonly pages: readonly HTMLButtonElement[];
  private readonly said = element("p", { "aria-live": "polite" });
  private readonly bound = element("p", { class: "dim" });
  private readonly lanes = element("div", { class: "lanes", "aria-hidden": "true" });
  private readonly list = element("ol", { class: "events" });
  private timeline = EMPTY;
  private lives: readonly Life[] = [];
  /** The first event that is seen; -1: none. */
  private first = -1;

  constructor(private readonly targets: () => LinkTargets) {
    this.slider.addEventListener("input", () => this.step(this.now));
    const button = (text: string, label: string, by: number) =>
      element("button", { type: "button", "aria-label": label, click: () => this.step(this.now + by) }, text);
    this.pages = [button("◀◀", `${PAGE} steps back`, -PAGE), button("▶▶", `${PAGE} steps on`, PAGE)];
    const [back, on] = [button("◀", "One step back", -1), button("▶", "One step on", 1)];
    const controls = element("div", { class: "fields steps" }, this.pages[0]!, back, this.slider, on, this.pages[1]!);
    this.panel.append(controls, this.said, this.bound, this.lanes, this.list);
    this.show(EMPTY);
  }

  /** Shows the events of a run. */
  show(timeline: Timeline): void {
    const { events, more } = timeline;
    this.timeline = timeline;
    this.lives = livesOf(events);
    this.first = -1;
    this.slider.max = String(Math.max(0, events.length - 1));
    this.slider.disabled = events.length === 0;
    for (const button of this.pages) button.hidden = events.length <= PAGE;
    this.bound.hidden = more === 0;
    this.bound.textContent = `The program went on: ${count(more, "more event")}, which this page does not keep.`;
    this.lanes.replaceChildren();
    this.list.replaceChildren();
    if (events.length === 0) this.said.textContent = "Nothing was allocated or freed.";
    else this.step(events.length - 1);
  }

  private get now(): number {
    return Number(this.slider.value);
  }

  /** Shows how things stand after an event. */
  private step(to: number): void {
    const { events } = this.timeline;
    if (events.length === 0) return;
    const index = Math.min(Math.max(0, to), events.length - 1);
    this.slider.value = String(index);
    const live = this.lives.filter((life) => !life.bad && life.from <= index && endOf(life) > index);
    const bytes = live.reduce((sum, { size = 0 }) => sum + size, 0);
    this.said.textContent = `Step ${index + 1} of ${events.length}: ${words(events[index]!)}. Allocated now: ${count(live.length, "object")}, ${count(bytes, "byte")}.`;
    this.turnTo(Math.floor(index / PAGE) * PAGE);
    this.draw(index);
    this.mark(index);
  }

  /** Marks an event in the list, and has it in sight. */
  private mark(index: number): void {
    const items = [...this.list.children] as HTMLElement[];
    for (const [i, item] of items.entries()) {
      if (this.first + i === index) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
      item.classList.toggle("later", this.first + i > index);
    }
    // The list is scrolled, not the page: the buttons must stay where they are.
    this.list.scrollTop = items[index - this.first]!.offsetTop - this.list.clientHeight / 2;
  }

  /** Lists the events from one on. */
  private turnTo(first: number): void {
    if (first === this.first) return;
    this.first = first;
    this.list.start = first + 1;
    const seen = this.timeline.events.slice(first, first + PAGE);
    this.list.replaceChildren(...seen.map((event, i) => this.item(event, first + i)));
  }

  /** Draws the lives of what is allocated at some time in the events that are listed. */
  private draw(now: number): void {
    const end = Math.min(this.timeline.events.length, this.first + PAGE);
    const lanes = lanesOf(this.lives.filter((life) => life.from < end && endOf(life) > this.first));
    const rest = lanes.length - MOST_LANES;
    this.lanes.replaceChildren(
      ...lanes
        .slice(0, MOST_LANES)
        .map((lane) => element("div", { class: "lane" }, ...lane.map((life) => bar(life, now, this.first, end)))),
      ...(rest > 0 ? [element("p", { class: "dim" }, `and ${rest} more at the same time`)] : []),
    );
  }

  private item(event: TimelineEvent, index: number): HTMLElement {
    const { address, line, by, size, kind } = event;
    const targets = this.targets();
    const time = `${(event.time / 1e9).toFixed(6)} s`;
    return element(
      "li",
      { class: kind },
      element("button", { type: "button", class: "link", click: () => this.step(index) }, time),
      ` ${by}${size === undefined ? "" : `, ${count(size, "byte")}`} `,
      addressLink(address, targets),
      ...(line === undefined ? [] : [" in ", lineLink(line, targets)]),
    );
  }
}

/** A life in the events from `first` to `end`. */
function bar(life: Life, now: number, first: number, end: number): HTMLElement {
  const percent = (events: number) => `${((100 * events) / (end - first)).toFixed(2)}%`;
  const from = Math.max(first, life.from);
  const over = endOf(life);
  const state = life.from > now ? "later" : over <= now ? "over" : "";
  return element("span", {
    class: `life ${life.bad ? "bad-free" : ""} ${state}`,
    style: `left:${percent(from - first)};width:${percent(Math.min(end, over) - from)}`,
  });
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? "" : "s"}`;

const words = ({ kind, by, size, address }: TimelineEvent): string =>
  kind === "allocate"
    ? `${by} gave ${count(size ?? 0, "byte")} at ${addressText(address)}`
    : `${by} of ${addressText(address)}`;
