import type { JsonSchema } from "../json-schema.ts";
import { type AccessFields, type AccessFieldsJson, access } from "./access.ts";
import { type AftermathFields, type AftermathJson, aftermath } from "./aftermath.ts";
import { type AuxFields, type AuxJson, aux } from "./aux.ts";
import { type CallTraceFields, type CallTraceJson, callTrace } from "./call-trace.ts";
import { type FaultFields, type FaultJson, fault } from "./fault.ts";
import { type MachineFields, type MachineJson, machine } from "./machine.ts";
import { type MemoryFields, type MemoryFieldsJson, memory } from "./memory.ts";
import { type ObjectFields, type ObjectFieldsJson, object } from "./object.ts";
import { type PageFields, type PageFieldsJson, page } from "./page.ts";
import { type PageOwnerFields, pageOwner } from "./page-owner.ts";
import { registers } from "./registers.ts";
import type { JsonUse, Section } from "./section.ts";
import { type ShadowFaultFields, type ShadowFaultFieldsJson, shadowFault } from "./shadow-fault.ts";
import { slabDump } from "./slab-dump.ts";
import { type StackLocationFields, stackLocation } from "./stack-location.ts";
import { type TitleFields, type TitleJson, title } from "./title.ts";
import { type TrackFields, type TrackFieldsJson, tracks } from "./tracks.ts";
import { type VariableFields, type VariableJson, variable } from "./variable.ts";
import { type VmallocFields, type VmallocFieldsJson, vmalloc } from "./vmalloc.ts";

/** Everything that a report says. A field that it lacks, or that was lost, is absent. */
export interface ReportFields
  extends TitleFields,
    AccessFields,
    MachineFields,
    CallTraceFields,
    TrackFields,
    AuxFields,
    ObjectFields,
    VariableFields,
    StackLocationFields,
    VmallocFields,
    PageFields,
    PageOwnerFields,
    MemoryFields,
    ShadowFaultFields,
    FaultFields,
    AftermathFields {}

/** The fields of a report as plain data for `JSON.stringify`: addresses in hex, times in seconds, unknown fields absent. */
export interface FieldsJson
  extends TitleJson,
    AccessFieldsJson,
    MachineJson,
    CallTraceJson,
    TrackFieldsJson,
    AuxJson,
    ObjectFieldsJson,
    VariableJson,
    VmallocFieldsJson,
    PageFieldsJson,
    MemoryFieldsJson,
    ShadowFaultFieldsJson,
    FaultJson,
    AftermathJson {}

/**
 * The sections of a report in the order in which the kernel prints them (`print_report` in `mm/kasan/report.c`), then those that
 * KASAN does not print itself. A line is offered to those that have a reader for its first character, in this order.
 */
export const SECTIONS: readonly Section<ReportFields>[] = [
  title,
  access,
  machine,
  callTrace,
  tracks,
  aux,
  object,
  variable,
  stackLocation,
  vmalloc,
  page,
  pageOwner,
  memory,
  shadowFault,
  fault,
  aftermath,
  registers,
  slabDump,
];

/** The sections whose fields are in the JSON: in that of a machine's report, those that KASAN prints. */
const told = (use: JsonUse["for"]) => SECTIONS.filter(({ part }) => part !== undefined || use === "explain");

/** The fields as plain data, in the order of the table. */
export function fieldsJson(report: ReportFields, to: JsonUse): FieldsJson {
  return Object.assign({}, ...told(to.for).map((section) => section.json?.(report, to) ?? {}));
}

/** The properties of {@link fieldsJson} in a JSON schema. */
export function fieldsSchema(use: JsonUse["for"]): Record<string, JsonSchema> {
  return Object.assign({}, ...told(use).map((section) => section.schema?.(use) ?? {}));
}
