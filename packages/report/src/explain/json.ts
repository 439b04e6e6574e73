import { type CheckResult, checkReport } from "../checks/index.ts";
import type {
  AccessJson,
  FrameJson,
  HexJson,
  RegionJson,
  ShadowFaultJson,
  ShadowJson,
  StackLocationJson,
  TaskJson,
  TrackJson,
  VmallocJson,
} from "../json-model.ts";
import { accessJson, compact, frameJson, hexJson, nameOf, stackJson, trackJson } from "../json-parts.ts";
import type { ParsedPage, ParsedReport } from "../parse/parsed.ts";
import { fingerprintOf, signatureOf } from "../triage/signature.ts";
import { explainReport } from "./explanation.ts";

/** A slab object in the JSON of `kasan explain`. */
export interface ParsedObjectJson {
  /** Its first address. */
  address: HexJson;
  /** Its cache. */
  cache: string;
  /** Bytes in every object of that cache. */
  size?: number;
  /** Bytes that were asked for. */
  allocSize?: number;
}

/** A region in the JSON of `kasan explain`: as the log has it. */
export type ParsedRegionJson = Omit<RegionJson, "side" | "distance"> & Partial<Pick<RegionJson, "side" | "distance">>;

/** A page in the JSON of `kasan explain`. Old kernels print less. */
export interface ParsedPageJson {
  /** Page frame number. */
  pfn?: number;
  /** References. */
  refcount?: number;
  /** How often page tables map it. */
  mapcount?: number;
  /** The `flags` word. */
  flags?: HexJson;
  /** What the log puts in parentheses after it. */
  flagNames?: string;
  /** log2 of the pages of the compound page that it belongs to. */
  order?: number;
  /** The name of its type. */
  type?: string;
  /** The descriptor's words. */
  raw?: HexJson[];
  /** Who last allocated it. */
  allocated?: TrackJson;
  /** Who last freed it. */
  freed?: TrackJson;
}

/** A report in words. */
export interface ExplanationJson {
  /** What happened: two sentences. */
  summary: string[];
  /** Who did what, in the order in which it happened. */
  story: string[];
  /** What kind of mistake is likely. */
  mistake: string;
  /** What KASAN cannot know. */
  unknown: string[];
}

/** A report in the JSON of `kasan explain`. What the log does not say is absent. */
export interface ParsedReportJson {
  /** The crash's name. */
  title: string;
  /** Its other names. */
  altTitles: string[];
  /** The kernel's words for the bug: `slab-out-of-bounds`. */
  bugType: string;
  /** The kind of crash: `KASAN-WRITE`. */
  type: string;
  /** Whether the title may be wrong. */
  corrupted: boolean;
  /** Why. */
  corruptedReason?: string;
  /** The guilty function. */
  frame?: string;
  /** The bug's short name, which does not change with kernels and addresses. */
  fingerprint: string;
  /** Whether KASAN printed it, or the fault handler. */
  form: "report" | "oops";
  /** The log's line that says what happened, from 1. */
  line: number;
  /** What is missing. */
  damage?: "truncated" | "interleaved";
  /** The function in the first line; of an oops, where the CPU was. */
  function?: string;
  /** Its module. */
  module?: string;
  /** Its source file, from logs that were symbolized. */
  file?: string;
  /** The line in that file. */
  sourceLine?: number;
  /** What was done. */
  access?: AccessJson;
  /** True if the kernel knows no address, in asynchronous tag-based mode. */
  asynchronous?: boolean;
  /** Who did it. */
  task?: TaskJson;
  /** Its CPU. */
  cpu?: number;
  /** What `uname -r` prints. */
  release?: string;
  /** Why the kernel is tainted. */
  taint?: string[];
  /** The machine. */
  hardware?: string;
  /** The work that was being done. */
  workqueue?: string;
  /** The call trace, innermost frame first. */
  callTrace: FrameJson[];
  /** Who allocated the object. */
  allocated?: TrackJson;
  /** Who freed it. */
  freed?: TrackJson;
  /** The stacks that last queued work for it. */
  aux?: FrameJson[][];
  /** The slab object. */
  object?: ParsedObjectJson;
  /** What was allocated of it, and where the address lies. */
  region?: ParsedRegionJson;
  /** The global variable. */
  variable?: FrameJson;
  /** The stack that the address is on. */
  stack?: StackLocationJson;
  /** The vmalloc area. */
  vmalloc?: VmallocJson;
  /** The page. */
  page?: ParsedPageJson;
  /** The shadow. */
  shadow?: ShadowJson;
  /** What each shadow byte means: in hex, and in words. */
  legend?: Record<string, string>;
  /** An oops: what KASAN made of the address. */
  shadowFault?: Partial<ShadowFaultJson>;
  /** An oops: its first line. */
  oops?: string;
  /** What the panic said that followed. */
  panic?: string;
  /** The report in words. */
  explanation: ExplanationJson;
  /** The report against itself. */
  checks: CheckResult[];
}

/** A parsed report as plain data for `JSON.stringify`. The schema `@kasan/report/explain.schema.json` says the same. */
export function parsedToJson(report: ParsedReport): ParsedReportJson {
  const { access, machine, task, region, object, memory, vmalloc, shadowFault, function: place } = report;
  const { summary, story, mistake, unknown, legend } = explainReport(report);
  return compact<ParsedReportJson>({
    title: report.title,
    altTitles: [...report.altTitles],
    bugType: report.bugType,
    type: report.type,
    corrupted: report.corrupted,
    corruptedReason: report.corruptedReason,
    frame: report.frame,
    fingerprint: fingerprintOf(signatureOf(report)),
    form: report.form,
    line: report.line,
    damage: report.damage,
    function: place && nameOf(place),
    module: place?.module,
    file: place?.file,
    sourceLine: place?.line,
    access: access && accessJson(access),
    asynchronous: report.asynchronous,
    task: task && { comm: task.comm, pid: task.pid },
    cpu: machine?.cpu,
    release: machine?.release,
    taint: machine && [...machine.taint],
    hardware: machine?.hardware,
    workqueue: report.workqueue,
    callTrace: report.callTrace.map(frameJson),
    allocated: report.allocated && trackJson(report.allocated),
    freed: report.freed && trackJson(report.freed),
    aux: report.aux?.map((frames) => frames.map(frameJson)),
    object:
      object &&
      compact<ParsedObjectJson>({
        address: hexJson(object.address),
        cache: object.cache,
        size: object.objectSize,
        allocSize: object.allocSize,
      }),
    region: region && compact<ParsedRegionJson>({ ...region, start: hexJson(region.start), end: hexJson(region.end) }),
    variable: report.variable && frameJson(report.variable),
    stack: report.stack && stackJson(report.stack),
    vmalloc: vmalloc && vmallocJson(vmalloc),
    page: report.page && pageJson(report.page, report.pageOwner),
    shadow: memory && {
      firstBad: hexJson(report.firstBad ?? access?.address ?? report.caret?.address ?? memory.rows[0]!.address),
      granule: memory.granule,
      rows: memory.rows.map((row) => ({ address: hexJson(row.address), bytes: Array.from(row.bytes) })),
    },
    legend:
      legend.length > 0
        ? Object.fromEntries(legend.map(({ byte, meaning }) => [byte.toString(16).padStart(2, "0"), meaning]))
        : undefined,
    shadowFault: shadowFault && {
      type: shadowFault.type,
      ...(shadowFault.first !== undefined && { first: hexJson(shadowFault.first) }),
      ...(shadowFault.last !== undefined && { last: hexJson(shadowFault.last) }),
    },
    oops: report.oops,
    panic: report.panic,
    explanation: { summary: [...summary], story: [...story], mistake, unknown: [...unknown] },
    checks: checkReport(report),
  });
}

function vmallocJson(vmalloc: NonNullable<ParsedReport["vmalloc"]>): VmallocJson {
  if (vmalloc === "virtual mapping") return {};
  return compact<VmallocJson>({
    pages: "pages" in vmalloc ? vmalloc.pages : Number((vmalloc.end - vmalloc.start) >> 12n),
    start: hexJson(vmalloc.start),
    caller: vmalloc.caller && frameJson(vmalloc.caller),
  });
}

function pageJson(page: ParsedPage, owner: ParsedReport["pageOwner"]): ParsedPageJson {
  return compact<ParsedPageJson>({
    pfn: page.pfn,
    refcount: page.refcount,
    mapcount: page.mapcount,
    flags: page.flags === undefined ? undefined : hexJson(page.flags),
    flagNames: page.flagNames,
    order: page.head?.order,
    type: page.pageType?.name,
    raw: page.raw?.map(hexJson),
    allocated: owner?.allocated && trackJson(owner.allocated),
    freed: owner?.freed && trackJson(owner.freed),
  });
}
