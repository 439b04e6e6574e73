import { compact, type FrameJson, frameJson, type HexJson, hexJson } from "./json-parts.ts";
import { described, type JsonSchema, record } from "./json-schema.ts";
import type { KasanReport } from "./model.ts";
import type { Oops } from "./oops.ts";
import { renderOops } from "./render-oops.ts";
import type { AccessJson, TaskJson } from "./sections/access.ts";
import { type FieldsJson, fieldsJson, fieldsSchema } from "./sections/index.ts";
import type { ShadowFaultJson } from "./sections/shadow-fault.ts";
import type { StackLocationJson } from "./sections/stack-location.ts";
import { type PlaceJson, placeJson } from "./sections/title.ts";
import { DEFAULT_STYLE, type ReportStyle } from "./style.ts";

/** A report in JSON. What is unknown is absent. The schema `@kasan/cli/schema/run.schema.json` says the same. */
export interface ReportJson extends FieldsJson {
  /** The first line without `BUG: `, offset and size: `KASAN: slab-out-of-bounds in kmalloc_oob_right`. */
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
  const { title, bugType, asynchronous, access } = fields;
  // Keys keep the order in which they come first.
  const first = { title, bugType, asynchronous, access };
  return compact<ReportJson>({ ...first, ...fields });
}

/** The schema of {@link toJson}, as a part of `run.schema.json`. */
export function reportSchema(): JsonSchema {
  const required = ["title", "bugType", "access", "function", "task", "callTrace"];
  return described("A KASAN report. What is unknown is absent.", record(fieldsSchema("run"), required));
}

/** An oops in JSON. What is unknown is absent. */
export interface OopsJson extends PlaceJson {
  /** The line that says what happened: `BUG: kernel NULL pointer dereference, address: 0000000000000000`. */
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
  const title = renderOops(oops, style).find(({ text }) => !text.startsWith("---"))!.text;
  const fault = "shadowFault" in cause ? cause.shadowFault : undefined;
  const address = "address" in cause ? cause.address : undefined;
  return compact<OopsJson>({
    title,
    kind: cause.kind,
    address: address === undefined ? undefined : hexJson(address),
    shadowFault: fault && { type: fault.type, first: hexJson(fault.first), last: hexJson(fault.last) },
    ...placeJson(registers.ip),
    task: { comm: task.comm, pid: task.pid },
    cpu: machine.cpu,
    callTrace: callTrace.map(frameJson),
    panic,
  });
}
