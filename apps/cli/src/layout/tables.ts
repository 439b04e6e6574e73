import { FREE_META_BYTES, type PageShadowPlan, PLANNED_AREAS } from "@kasan/kernel";
import { formatAddress } from "@kasan/shadow";
import type { TitledTable } from "../table.ts";
import { PER_BYTE } from "../values.ts";
import { backingWords, type Planned } from "./described.ts";
import { bytes, percent } from "./units.ts";
import { unsharedTables } from "./unshared.ts";

/** All that a plan says, as tables; the text and the page show the same ones. */
export function planTables(planned: Planned): TitledTable[] {
  const { plan } = planned;
  return [
    regions(planned),
    ...(plan.shadow.length > 0 ? [shadow(planned)] : []),
    ...(planned.unshared && plan.shadow.length > 0 ? [unsharedTables(planned)] : []),
    boot(planned),
    ...(plan.costs.length > 0 ? [costs(planned)] : []),
    ...(plan.pageShadow ? [pageShadow(planned, plan.pageShadow)] : []),
    ...(plan.costs.length > 0 ? [classes(planned)] : []),
    ...(plan.quarantine ? [quarantine(planned)] : []),
    ...(plan.areas.length > 0 ? [areas(planned)] : []),
  ];
}

function regions({ plan }: Planned): TitledTable {
  const rows = plan.regions
    .filter(({ kind }) => kind !== "non-canonical")
    .map(({ start, end, name, description }) => [
      formatAddress(start),
      formatAddress(end),
      bytes(end - start + 1n),
      name,
      description,
    ]);
  return { title: "Address space", rows: [["start", "end", "size", "region", ""], ...rows] };
}

function shadow(planned: Planned): TitledTable {
  const { plan, options } = planned;
  const { regions } = options.architecture;
  const rows = plan.shadow.map(({ start, end, memoryStart, memoryEnd, backing }) => {
    const inside = regions.filter(
      (region) => region.kind === "used" && region.start <= memoryEnd && region.end >= memoryStart,
    );
    const names = inside.map(({ name }) => name);
    const of = names.length === 0 ? "unused addresses" : names.join(", ");
    return [formatAddress(start), formatAddress(end), bytes(end - start + 1n), of, backingWords(backing, planned)];
  });
  return { title: "Shadow", rows: [["start", "end", "size", "of", "backed by"], ...rows] };
}

function boot({ plan, options }: Planned): TitledTable {
  const { levels, pageShift } = options.architecture;
  const row = (name: string, plain: number, kasan: number) => [name, bytes(plain), bytes(kasan)];
  const pages = (count: number) => count * 2 ** pageShift;
  const { boot: kasan, plain } = plan;
  const tables = levels.map(({ name }, i) =>
    row(`page tables, ${name}`, pages(plain.tables[i]), pages(kasan.tables[i])),
  );
  const rows = [
    row("page descriptors", plain.map.descriptorBytes, kasan.map.descriptorBytes),
    ...(plan.pageShadow
      ? [
          row("shadow of the slabs", pages(plain.ownShadow), pages(kasan.ownShadow)),
          row("pshadow", plain.map.directShadowBytes, kasan.map.directShadowBytes),
          row("black page", pages(plain.blackPage), pages(kasan.blackPage)),
        ]
      : [row("shadow of RAM", plain.map.directShadowBytes, kasan.map.directShadowBytes)]),
    ...tables,
    row("early shadow", pages(plain.earlyShadow), pages(kasan.earlyShadow)),
    row("slabs", pages(plain.slabs), pages(kasan.slabs)),
    row("free", pages(plain.free), pages(kasan.free)),
  ];
  return {
    title: "RAM after boot",
    rows: [["", "no KASAN", plan.costs.length === 0 ? "as planned" : "KASAN"], ...rows],
  };
}

const WHERE = { ram: "in RAM", kernel: "in RAM, of a real kernel", beside: "beside RAM" } as const;

function costs({ plan, options }: Planned): TitledTable {
  const { memoryBytes } = options;
  const rows = plan.costs.map(({ name, bytes: count, where, what }) => [
    name,
    bytes(count),
    percent(count, memoryBytes),
    WHERE[where],
    what,
  ]);
  const total = (kinds: readonly string[]) =>
    plan.costs.reduce((sum, cost) => sum + (kinds.includes(cost.where) ? cost.bytes : 0), 0);
  const sum = (name: string, count: number) => [name, bytes(count), percent(count, memoryBytes), "in RAM", ""];
  const kernel = total(["ram", "kernel"]);
  return {
    title: "What KASAN takes before anything runs",
    rows: [
      ["", "bytes", "of RAM", "where", ""],
      ...rows,
      sum("this machine, together", total(["ram"])),
      sum("a real kernel, together", kernel),
    ],
    ...(kernel > memoryBytes / 2 && { note: "More than half of the memory: such a kernel will hardly boot." }),
  };
}

function pageShadow({ options }: Planned, planned: PageShadowPlan): TitledTable {
  const { scheme, kernelShare, marks, pshadow, black, together, scattered, perByte } = planned;
  const { memoryBytes } = options;
  const row = (name: string, what: string, ...parts: number[]) => {
    const sum = parts.reduce((all, part) => all + part, 0);
    return [name, bytes(sum), percent(sum, memoryBytes), what];
  };
  return {
    title: `Shadow of RAM under scheme ${scheme}, if ${percent(kernelShare, 1)} of memory is kernel memory (--kernel-share)`,
    rows: [
      ["", "bytes", "of RAM", ""],
      row("shadow of kernel memory, at least", "it lies together", together),
      row("at most", "it is scattered, and its shadow covers other memory too", scattered),
      row("pshadow", marks ? "a byte for each page" : "set aside; this scheme keeps no marks", pshadow),
      row("black page", "what memory without shadow of its own can share", black),
      row("together, at least", "", together, pshadow, black),
      row("at most", "", scattered, pshadow, black),
      row(PER_BYTE, "a byte for 8, whatever the memory is", perByte),
    ],
  };
}

function classes({ plan }: Planned): TitledTable {
  const place = (offset: number | undefined, objectSize: number) => {
    if (offset === undefined) return "none";
    if (offset >= objectSize) return `at ${offset}`;
    return offset + FREE_META_BYTES <= objectSize ? "in the object" : "in it and behind";
  };
  const rows = plan.classes.map((one) => [
    one.name,
    String(one.plainSize),
    String(one.slotSize),
    percent(one.slotSize - one.plainSize, one.plainSize),
    String(one.redzone),
    place(one.allocMeta, 0),
    place(one.freeMeta, one.objectSize),
    String(one.objects),
    String(one.slabPages),
  ]);
  const head = [
    "cache",
    "no KASAN",
    "KASAN",
    "more",
    "redzone",
    "alloc meta",
    "free meta",
    "objects in a slab",
    "pages of a slab",
  ];
  return { title: "kmalloc: bytes from object to object", rows: [head, ...rows] };
}

function quarantine({ plan, options }: Planned): TitledTable {
  const { cpuBytes, globalBytes, batchBytes } = plan.quarantine!;
  const { cpus = 1, memoryBytes } = options;
  const most = cpuBytes * cpus + globalBytes;
  return {
    title: "Quarantine: freed objects that wait",
    rows: [
      ["", "bytes", "of RAM"],
      ["at most", bytes(most), percent(most, memoryBytes)],
      ["of it in queues of CPUs", bytes(cpuBytes * cpus), percent(cpuBytes * cpus, memoryBytes)],
      ["given back at a time, at least", bytes(batchBytes), percent(batchBytes, memoryBytes)],
    ],
  };
}

function areas({ plan, scheme }: Planned): TitledTable {
  const rows = plan.areas.map(({ use, bytes: size, alone, aloneMost, together }) => [
    use,
    bytes(size),
    alone === aloneMost ? String(alone) : `${alone}-${aloneMost}`,
    String(together.shadowPagesPeak),
    String(together.shadowPagesAtEnd),
    String(together.flushes),
  ]);
  const head = ["area", "size", "one alone", `${PLANNED_AREAS} together`, "left after the purge", "flushes"];
  return { title: `vmalloc areas under scheme ${scheme}: pages of shadow`, rows: [head, ...rows] };
}
