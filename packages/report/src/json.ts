import { addressJson, compact, type FrameJson, frameJson, type HexJson } from "./json-parts.ts";
import { CRASH_TITLE, described, type JsonSchema, record } from "./json-schema.ts";
import type { KasanReport } from "./model.ts";
import type { Oops } from "./oops.ts";
import { titleOf } from "./parse/title-of.ts";
import { renderReport } from "./render.ts";
import { renderOops } from "./render-oops.ts";
import type { AccessJson, TaskJson } from "./sections/access.ts";
import { type FieldsJson, fieldsJson, fieldsSchema } from "./sections/index.ts";
import type { ShadowFaultJson } from "./sections/shadow-fault.ts";
import type { StackLocationJson } from "./sections/stack-location.ts";
import { type PlaceJson, placeJson } from "./sections/title.ts";
import { DEFAULT_STYLE, type ReportStyle } from "./style.ts";

/** A report in JSON. What is unknown is absent. The schema `@kasan/cli/schema/run.schema.json` says the same. */
export interface ReportJson extends FieldsJson {
  /** The crash, by the rules of triage systems: `KASAN: slab-out-of-bounds Write in kmalloc_oob_right`. */
  title: string;
  /** The access. */
  access: AccessJson;
  /** The function, or its address if it has no name. */
  function: string;
  /** The task. */
  task: TaskJson;
  /** The stack that the address is on. */
  frame?: StackLocationJson;
}

/** A report as plain data for `JSON.stringify`: addresses in hex, times in seconds, unknown fields absent. */
export function toJson(report: KasanReport, style: ReportStyle = DEFAULT_STYLE): ReportJson {
  const fields = fieldsJson(report, { for: "run", style }) as ReportJson;
  const { bugType, asynchronous, access } = fields;
  // A report begins with a line that announces a crash.
  const title = titleOf(renderReport(report, style).map(({ text }) => text))!;
  // Keys keep the order in which they come first.
  const first = { title, bugType, asynchronous, access };
  return compact<ReportJson>({ ...first, ...fields });
}

/** The schema of {@link toJson}, as a part of `run.schema.json`. */
export function reportSchema(): JsonSchema {
  const required = ["title", "bugType", "access", "function", "task", "callTrace"];
  const properties = { title: CRASH_TITLE, ...fieldsSchema("run") };
  return described("A KASAN report. What is unknown is absent.", record(properties, required));
}

/** An oops in JSON. What is unknown is absent. */
export interface OopsJson extends PlaceJson {
  /** The crash, by the rules of triage systems: `BUG: unable to handle kernel NULL pointer dereference in foo`. */
  title: string;
  /** The kind of cause. */
  kind: "general-protection" | "page-fault" | "stack-guard" | "bug" | "exception";
  /** The address that could not be accessed. */
  address?: HexJson;
  /** The memory whose shadow was being read. */
  shadowFault?: ShadowFaultJson;
  /** The task. */
  task: TaskJson;
  /** The CPU. */
  cpu?: number;
  /** The call trace, innermost frame first. */
  callTrace: FrameJson[];
  /** The panic that followed. */
  panic?: string;
}

/**
 * An oops as plain data for `JSON.stringify`.
 *
 * @throws {@link ReportError} `STYLE` if the style words no crashes.
 */
export function oopsToJson(oops: Oops, style: ReportStyle): OopsJson {
  const { cause, registers, task, machine, callTrace, panic } = oops;
  const texts = renderOops(oops, style).map(({ text }) => text);
  const title = titleOf(texts) ?? texts.find((text) => !text.startsWith("---"))!;
  const fault = "shadowFault" in cause ? cause.shadowFault : undefined;
  const address = "address" in cause ? cause.address : undefined;
  return compact<OopsJson>({
    title,
    kind: cause.kind,
    address: address === undefined ? undefined : addressJson(address),
    shadowFault: fault && { type: fault.type, first: addressJson(fault.first), last: addressJson(fault.last) },
    ...placeJson(registers.ip),
    task: { comm: task.comm, pid: task.pid },
    cpu: machine.cpu,
    callTrace: callTrace.map(frameJson),
    panic,
  });
}
