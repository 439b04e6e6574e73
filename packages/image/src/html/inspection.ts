import { type Cell, dataTable, escapeHtml, mark, page, type Section, sections, type Tone, terms } from "@kasan/html";
import { formatFrame, pictureHtml, REPORT_STYLE, type ReportStyle } from "@kasan/report";
import { formatAddress } from "@kasan/shadow";
import { type ObjectPointer, pointersIn } from "../find/pointers.ts";
import type { Finding, FoundLife } from "../finding/finding.ts";
import { areaText, fileText, frameText, largeKmallocText, objectText, pageText, stackText } from "../finding/text.ts";
import type { MemoryImage } from "../image.ts";
import type { InspectedLevel, Inspection } from "../inspect/inspect.ts";
import { inspectText, spellPermissions } from "../inspect/text.ts";
import type { Verdict } from "../inspect/verdict.ts";
import { type SlabObject, slabObjects } from "../kernel/neighbours.ts";
import { styleOf } from "../report/reconstruct.ts";
import { type Links, ownerHtml, pointedFrom, pointersHtml, slabHtml, tracksHtml } from "./object.ts";
import { pictureAround } from "./picture.ts";
import { shadowTable } from "./shadow.ts";
import { stateText } from "./state.ts";
import { IMAGE_STYLE } from "./style.ts";

const TONES: Readonly<Record<Verdict["kind"], Tone>> = {
  allowed: "good",
  reported: "bad",
  fault: "alarm",
  unchecked: "quiet",
};

/** What the parts of a page share. */
interface Shared {
  readonly image: MemoryImage;
  readonly style: ReportStyle;
  readonly links: Links;
  /** By the object's address: where its words lead. */
  readonly pointers: ReadonlyMap<bigint, readonly ObjectPointer[]>;
}

/**
 * Inspections of addresses of an image as one page: the verdict on each, what is there, drawn to scale, and how all of that came about. Where
 * an object of the page points to another one, there is a link.
 */
export function inspectHtml(image: MemoryImage, found: readonly Inspection[], title: string): string {
  const shared = { image, style: styleOf(image.kernel), links: linksOf(found), pointers: pointersOf(image, found) };
  const parts = found.map((one, index) => part(one, index, shared));
  const verdicts = found.length > 1 ? `${dataTable("Verdicts", verdictRows(found))}\n` : "";
  return page(title, `${verdicts}${sections(parts, { contents: false })}`, `${REPORT_STYLE}\n${IMAGE_STYLE}`);
}

const idOf = (index: number) => `address-${index + 1}`;

/** Of several addresses in one object, the first has the link. */
function linksOf(found: readonly Inspection[]): Links {
  const links = new Map<bigint, string>();
  for (const [index, { finding }] of found.entries()) {
    const { object } = finding;
    if (object && !links.has(object.address)) links.set(object.address, `#${idOf(index)}`);
  }
  return links;
}

function pointersOf({ kernel }: MemoryImage, found: readonly Inspection[]): Shared["pointers"] {
  const objects = found.flatMap(({ finding }) => finding.object ?? []);
  return new Map(objects.map(({ address }) => [address, kernel.attempt(() => pointersIn(kernel, address)) ?? []]));
}

function verdictRows(found: readonly Inspection[]): Cell[][] {
  const rows = found.map((one, i) => [
    { text: formatAddress(one.address), href: `#${idOf(i)}` },
    briefly(one),
    { text: one.verdict.text, tone: TONES[one.verdict.kind] },
  ]);
  return [["address", "what is there", "verdict"], ...rows];
}

function briefly({ region, finding: { object, largeKmalloc, stack, symbol } }: Inspection): string {
  if (object) return `${object.cache}, ${stateText(object.state)}`;
  if (largeKmalloc) return "large kmalloc, in use";
  if (stack) return `stack of ${stack.task.comm}/${stack.task.pid}`;
  return symbol ? formatFrame(symbol) : region.name;
}

function part(found: Inspection, index: number, shared: Shared): Section {
  const { address, levels, shadow, untagged, verdict, finding } = found;
  const { object, pageOwner, report } = finding;
  const { kernel } = shared.image;
  const slab = (object && kernel.attempt(() => slabObjects(kernel, object.address))) ?? [];
  const picture = pictureAround(shared.image, found, slab);
  const body = [
    `<p class="verdict">${mark(TONES[verdict.kind], verdict.text)}</p>`,
    `<p>${escapeHtml(whereabouts(found))}</p>`,
    facts(finding, shared.style),
    picture ? pictureHtml(picture) : "",
    ...(object ? objectParts(object, slab, shared) : []),
    pageOwner ? ownerHtml(pageOwner) : "",
    shadow ? `<h3 class="part">The shadow</h3>\n${shadowTable(shadow, untagged)}` : "",
    report === undefined ? "" : folded("The report that the kernel would print", report),
    `<h3 class="part">Page tables</h3>`,
    ...levels.map((level) => levelTable(level, address)),
    folded("As text", inspectText(found, shared.style)),
  ];
  return { title: formatAddress(address), id: idOf(index), body: body.filter((one) => one !== "").join("\n") };
}

/** What there is to say of a slab object. */
function objectParts(object: FoundLife, slab: readonly SlabObject[], { links, pointers }: Shared): string[] {
  return [
    tracksHtml(object),
    slabHtml(object, slab, links),
    pointedFrom(object, pointers, links),
    pointersHtml(object, pointers.get(object.address) ?? [], links),
  ];
}

const folded = (title: string, text: string): string =>
  `<details><summary>${escapeHtml(title)}</summary><pre tabindex="0">${escapeHtml(text)}</pre></details>`;

/** What the kernel's own data say, a line each. */
function facts(found: Finding, style: ReportStyle): string {
  const { symbol, perCpu, object, largeKmalloc, area, stack, page: descriptor, file, unknown } = found;
  const said: [string, string | undefined][] = [
    ["name", symbol && formatFrame(symbol)],
    ["per-CPU", perCpu && `${formatFrame(perCpu.variable)} of CPU ${perCpu.cpu}`],
    ["area", area && areaText(area)],
    ["stack", stack && stackText(stack.task)],
    ["frame", stack?.frame && frameText(stack.frame)],
    ["object", object && objectText(object)],
    ["object", largeKmalloc && largeKmallocText(largeKmalloc)],
    ["page", descriptor && pageText(descriptor, style)],
    ["file", file && fileText(file)],
    ...unknown.map((what): [string, string] => ["not known", what]),
  ];
  const entries = said.flatMap(([term, text]) => (text === undefined ? [] : { term, meaning: escapeHtml(text) }));
  return entries.length > 0 ? terms(entries) : "";
}

function whereabouts({ region, physical, pageBytes, permissions, memoryType, reason }: Inspection): string {
  const name = `${region.name.charAt(0).toUpperCase()}${region.name.slice(1)}`;
  if (physical === undefined) return `${name}, ${reason === "no-root" ? "of unknown page tables" : "not mapped"}.`;
  return `${name}, physical 0x${physical.toString(16)}: ${pageBytes! / 1024}K page, ${spellPermissions(permissions!)}, ${memoryType}.`;
}

function levelTable({ name, index, entry, decoded, permits }: InspectedLevel, address: bigint): string {
  const rows = decoded.fields.map((field) => [
    field.name,
    field.high === field.low ? `${field.low}` : `${field.high}-${field.low}`,
    `0x${field.value.toString(16)}`,
    field.meaning ?? "",
  ]);
  const allowed = permits ? `, permits ${spellPermissions(permits)}` : "";
  const label = `Fields of ${name} of ${formatAddress(address)}`;
  return `<details><summary>${escapeHtml(name)} [${index}] <code>${formatAddress(entry)}</code>${allowed}</summary>
${dataTable(label, [["field", "bits", "value", "meaning"], ...rows])}</details>`;
}
