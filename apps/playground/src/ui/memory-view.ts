import type { MemoryDescription } from "@kasan/kernel";
import type { ByteMeaning } from "@kasan/shadow";
import type { MemoryAt, MemoryRow, Moment } from "../protocol.ts";
import { element } from "./dom.ts";
import { addressIn, addressText, byteText } from "./hex.ts";
import { type LinkTargets, lineLink } from "./links.ts";
import { pageTables } from "./page-tables.ts";

/** Bytes that a step shows: rows above and below stay in sight. */
const STEP = 128n;

/** How memory is called where a person reads of it. */
const STATES: Readonly<Record<ByteMeaning["state"], string>> = {
  accessible: "accessible",
  partial: "accessible",
  redzone: "redzone",
  freed: "freed",
  "out-of-scope": "out of scope",
  unallocated: "unallocated",
  tagged: "tagged",
  unknown: "unknown",
};

/** The memory at an address: its bytes, what KASAN says of each, whose they are, and how the processor finds them. */
export class MemoryView {
  readonly panel = element("div", { class: "panel memory" });
  private readonly field = element("input", { id: "address", autocomplete: "off", spellcheck: "false", size: 20 });
  private readonly moment = element(
    "select",
    { "aria-label": "When", change: () => void (this.address !== undefined && this.show(this.address)) },
    element("option", { value: "report" }, "at the first report"),
    element("option", { value: "end" }, "at the end of the run"),
  );
  private readonly content = element("div");
  private address: bigint | undefined;

  /**
   * @param inspect - finds the memory; undefined if nothing ran
   * @param targets - where links lead
   */
  constructor(
    private readonly inspect: (address: bigint, moment: Moment) => Promise<MemoryAt | undefined>,
    private readonly targets: () => LinkTargets,
  ) {
    const step = (by: bigint) => () => void (this.address !== undefined && this.show(this.address + by));
    const button = (text: string, label: string, click: () => void) =>
      element("button", { type: "button", "aria-label": label, click }, text);
    const form = element(
      "form",
      { class: "fields" },
      element("label", { class: "field" }, element("span", {}, "Address"), " ", this.field),
      element("button", { type: "submit" }, "Show"),
      button("▲", "Lower addresses", step(-STEP)),
      button("▼", "Higher addresses", step(STEP)),
      this.moment,
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const address = addressIn(this.field.value);
      if (address === undefined) this.say("An address is up to 16 hexadecimal digits.");
      else void this.show(address);
    });
    this.panel.append(form, this.content);
    this.say("Run a program, or drop a memory dump on this page.");
  }

  /** Shows the memory at an address. */
  async show(address: bigint): Promise<void> {
    this.address = BigInt.asUintN(64, address);
    this.field.value = addressText(this.address);
    const found = await this.inspect(this.address, this.moment.value as Moment);
    if (found) this.content.replaceChildren(...this.parts(found));
    else this.say("There is no memory yet: run a program.");
  }

  /** Says whether there is a report, at which memory can be looked at. */
  offerReport(offered: boolean): void {
    this.moment.disabled = !offered;
    this.moment.value = offered ? "report" : "end";
  }

  /** Forgets what is shown: its machine is gone. */
  clear(): void {
    this.address = undefined;
    this.field.value = "";
    this.say("");
  }

  private say(text: string): void {
    this.content.replaceChildren(element("p", { class: "empty" }, text));
  }

  private parts(memory: MemoryAt): Node[] {
    const { inspection, description } = memory;
    const { region, verdict } = inspection;
    const tones = { allowed: "good", reported: "bad", fault: "alarm", unchecked: "quiet" } as const;
    return [
      element("p", {}, element("span", { class: `mark ${tones[verdict.kind]}` }, `1 byte here: ${verdict.text}`)),
      element("p", { class: "dim" }, `${region.name}: ${region.description}`),
      ...this.owner(memory, description),
      table(memory, (address) => void this.show(address)),
      legend(memory.meanings),
      ...pageTables(inspection),
    ];
  }

  /** Whose memory it is. */
  private owner({ lines }: MemoryAt, { object, allocated, freed, variable, vmalloc }: MemoryDescription): Node[] {
    const parts: (Node | string)[] = [];
    const jump = (address: bigint, text = addressText(address)) =>
      element("button", { type: "button", class: "link", click: () => void this.show(address) }, text);
    if (object) {
      parts.push(
        `An object of ${object.cache} at `,
        jump(object.address),
        freed
          ? `, of ${object.objectSize} bytes, which is free. `
          : `, of ${object.objectSize} bytes, of which ${object.allocSize} were asked for. `,
      );
    }
    if (variable?.symbol !== undefined)
      parts.push(`${variable.symbol}${variable.offset ? ` + ${variable.offset}` : ""}. `);
    if (typeof vmalloc === "object")
      parts.push(`A vmalloc area of ${vmalloc.pages} pages at `, jump(vmalloc.start), ". ");
    for (const [what, track] of [
      ["Allocated", allocated],
      ["Freed", freed],
    ] as const) {
      if (!track) continue;
      const line = track.stack?.map((frame) => lines.get(frame.address!)).find((one) => one !== undefined);
      parts.push(`${what} by task ${track.pid}`);
      if (line !== undefined) parts.push(" in ", lineLink(line, this.targets()));
      parts.push(". ");
    }
    return parts.length === 0 ? [] : [element("p", {}, ...parts)];
  }
}

/** The rows, each byte in the colour of what may be done with it. */
function table({ rows, meanings, inspection }: MemoryAt, go: (address: bigint) => void): HTMLElement {
  const states = new Map(meanings.map(({ byte, state }) => [byte, state]));
  const shadowed = rows.some(({ shadow }) => shadow.length > 0);
  const tagged = meanings.some(({ state }) => state === "tagged");
  const head = element(
    "tr",
    {},
    ...["Address", "Bytes", "Text", ...(shadowed ? [tagged ? "Tag" : "Shadow"] : [])].map((title) =>
      element("th", { scope: "col", ...(title === "Bytes" && { colspan: 16 }) }, title),
    ),
  );
  const body = rows.map((row) => {
    const cells = row.bytes.map((byte, i) => {
      const state = stateOf(row, i, states);
      const own = row.address + BigInt(i) === inspection.untagged;
      return element(
        "td",
        { class: `byte ${state ?? ""}${own ? " own" : ""}`, title: state === undefined ? "" : STATES[state] },
        byteText(byte),
      );
    });
    const text = row.bytes.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·")).join("");
    const click = () => go(row.address);
    return element(
      "tr",
      {},
      element(
        "th",
        { scope: "row" },
        element("button", { type: "button", class: "link", click }, addressText(row.address)),
      ),
      ...cells,
      element("td", { class: "text" }, text),
      ...(shadowed ? [element("td", { class: "shadow-bytes" }, row.shadow.map(byteText).join(" "))] : []),
    );
  });
  const all = element("table", { class: "bytes" }, element("thead", {}, head), element("tbody", {}, ...body));
  return element(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": "Memory around the address" },
    all,
  );
}

/** What may be done with a byte; undefined if nothing says it. */
function stateOf(
  { shadow }: MemoryRow,
  index: number,
  states: ReadonlyMap<number, ByteMeaning["state"]>,
): ByteMeaning["state"] | undefined {
  if (shadow.length === 0) return undefined;
  const granule = 16 / shadow.length;
  const byte = shadow[Math.floor(index / granule)]!;
  const state = states.get(byte);
  // The first bytes of a granule that is accessible in part are.
  return state === "partial" && index % granule >= byte ? "redzone" : state;
}

function legend(meanings: readonly ByteMeaning[]): HTMLElement {
  return element(
    "dl",
    { class: "terms" },
    ...meanings.flatMap(({ byte, state, meaning, name }) => [
      element("dt", {}, element("code", { class: `byte ${state}` }, byteText(byte))),
      element("dd", {}, meaning, ...(name === undefined ? [] : [" ", element("span", { class: "dim" }, name)])),
    ]),
  );
}
