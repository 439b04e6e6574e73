import type { ShadowBacking } from "@kasan/kernel";
import type { Region } from "@kasan/mmu";
import { formatAddress } from "@kasan/shadow";
import { element, label, picture } from "../chart/svg.ts";
import { heading, type Planned } from "./described.ts";
import { bytes, percent } from "./units.ts";

const WIDTH = 960;
const ROW = 30;
const TOP = 60;
/** Room for the title, a part of that. */
const TITLE = 32;
/** About as wide as a character is. */
const CHARACTER = 6.2;
const LEFT = { x: 150, width: 210 };
const RIGHT = { x: 610, width: 170 };
/** Classes of colour. */
const FILL: Readonly<Record<ShadowBacking, string>> = {
  direct: "f2",
  vmalloc: "f3",
  modules: "f4",
  image: "f1",
  early: "none",
};

/**
 * A plan as a picture: the kernel's regions, a line each, the shadow of each beside them, and what boot takes of RAM.
 *
 * @param title - is shown, unless the picture stands on a page that has it
 */
export function planPicture(planned: Planned, title?: string): string {
  const { plan, options } = planned;
  const firstKernel = options.architecture.layout.taskSizeMax;
  const regions = plan.regions.filter(({ kind, start }) => kind !== "non-canonical" && start >= firstKernel);
  const rows = Math.max(regions.length, plan.shadow.length);
  const barTop = TOP + rows * ROW + 50;
  const body = [
    label(LEFT.x, TOP - 10, "the kernel's addresses, not to scale", { class: "dim" }),
    ...regions.map((region, i) => regionRow(planned, region, TOP + i * ROW)),
    ...shadowColumn(planned, regions),
    ...ramBar(planned, barTop),
  ];
  const words = "Regions of the address space, each joined to its shadow, not to scale; RAM after boot, to scale";
  const [shown, up] = title === undefined ? ["", TITLE] : [`${label(16, 24, title, { class: "bold large" })}\n`, 0];
  const drawn = element("g", { transform: `translate(0,${-up})` }, `\n${body.join("\n")}\n`);
  return picture(WIDTH, barTop + 100 - up, `Layout: ${heading(planned)}`, words, shown + drawn);
}

function regionRow({ plan }: Planned, { name, start, end, kind }: Region, y: number): string {
  const backing = plan.shadow.find(
    (part) => part.backing !== "early" && part.memoryStart <= start && end <= part.memoryEnd,
  );
  const fill = kind === "hole" || !backing ? "none" : FILL[backing.backing];
  return [
    element("rect", { class: `box ${fill}`, x: LEFT.x, y, width: LEFT.width, height: ROW - 6, "fill-opacity": 0.55 }),
    label(LEFT.x + 8, y + 16, `${name}, ${bytes(end - start + 1n)}`),
    label(LEFT.x - 8, y + 16, formatAddress(start), { class: "mono dim", "text-anchor": "end" }),
  ].join("");
}

function shadowColumn(planned: Planned, regions: readonly Region[]): string[] {
  const { shadow } = planned.plan;
  if (shadow.length === 0) return [];
  const body = [label(RIGHT.x, TOP - 10, "KASAN's shadow of them, not to scale", { class: "dim" })];
  shadow.forEach(({ start, end, memoryStart, memoryEnd, backing }, i) => {
    const y = TOP + i * ROW;
    const inside = regions
      .map((region, row) => ({ region, row }))
      .filter(({ region }) => region.start <= memoryEnd && region.end >= memoryStart && region.start >= memoryStart);
    if (inside.length > 0 && backing !== "early")
      body.push(band(TOP + inside[0].row * ROW, TOP + (inside.at(-1)!.row + 1) * ROW - 6, y, FILL[backing]));
    body.push(
      element("rect", {
        class: `box ${FILL[backing]}`,
        x: RIGHT.x,
        y,
        width: RIGHT.width,
        height: ROW - 6,
        "fill-opacity": 0.55,
      }),
      label(RIGHT.x + 8, y + 16, bytes(end - start + 1n)),
      label(RIGHT.x - 8, y + 16, formatAddress(start), { class: "mono dim", "text-anchor": "end" }),
      label(RIGHT.x + RIGHT.width + 8, y + 16, shortly(backing, planned), { class: "dim" }),
    );
  });
  return body;
}

function shortly(backing: ShadowBacking, { real, plan }: Planned): string {
  if (backing === "direct" && plan.pageShadow) return "with kernel memory";
  if (backing === "early" || (backing === "vmalloc" && !real)) return "the page of zeros";
  return {
    direct: "set aside at boot",
    vmalloc: "with each area",
    image: "with the image",
    modules: "with each module",
  }[backing];
}

/** From a region's rows to its shadow's. */
function band(top: number, bottom: number, y: number, fill: string): string {
  const from = LEFT.x + LEFT.width;
  const to = RIGHT.x;
  return element("polygon", {
    class: `band ${fill}`,
    points: `${from},${top} ${to},${y} ${to},${y + ROW - 6} ${from},${bottom}`,
  });
}

/** RAM as a bar to scale. */
function ramBar({ plan, options }: Planned, top: number): string[] {
  const { memoryBytes } = options;
  const { boot, quarantine } = { ...plan };
  const held = quarantine ? quarantine.cpuBytes * (options.cpus ?? 1) + quarantine.globalBytes : 0;
  const pageSize = 2 ** options.architecture.pageShift;
  const tables = boot.tables.reduce((sum, count) => sum + count, 0);
  const small = tables + boot.earlyShadow + boot.slabs + boot.blackPage + boot.ownShadow;
  const parts: [string, number, string][] = [
    ["page descriptors", boot.map.descriptorBytes, "f0"],
    [boot.blackPage > 0 ? "pshadow" : "shadow", boot.map.directShadowBytes, "f2"],
    ["page tables, slabs", small * pageSize, "f1"],
    ["quarantine, when full", held, "f4"],
  ];
  const full = WIDTH - 32;
  const body = [label(16, top - 8, `RAM, ${bytes(memoryBytes)}, to scale`, { class: "dim" })];
  let x = 16;
  let key = { x: 16, y: top + 38 };
  for (const [name, count, fill] of parts) {
    if (count === 0) continue;
    const width = (count / memoryBytes) * full;
    const text = `${name}, ${bytes(count)} (${percent(count, memoryBytes)})`;
    const keyWidth = 40 + text.length * CHARACTER;
    if (key.x + keyWidth > WIDTH) key = { x: 16, y: key.y + 22 };
    body.push(
      element("rect", { class: fill, x, y: top, width, height: 24 }, element("title", {}, text)),
      element("rect", { class: fill, x: key.x, y: key.y, width: 12, height: 12 }),
      label(key.x + 18, key.y + 10, text),
    );
    x += width;
    key.x += keyWidth;
  }
  body.push(element("rect", { class: "box", fill: "none", x: 16, y: top, width: full, height: 24 }));
  return body;
}
