import { atLeast, DEFAULT_VERSION, type KernelVersion } from "@kasan/shadow";
import { COUNT, type JsonSchema, listOf, TEXT } from "../json-schema.ts";
import { LEVEL, lines, type ReportLine } from "../line.ts";
import { formatTaint, formatTaintNames, parseTaint, type Taint } from "../taint.ts";
import type { AccessFields, TaskRef } from "./access.ts";
import type { LineRole, Section } from "./section.ts";

/** The machine's side of the `CPU:` line and what follows it (`dump_stack_print_info` in `lib/dump_stack.c`). */
export interface ReportedMachine {
  /** The CPU's number. */
  readonly cpu: number;
  /** The task's effective user. 0 by default. */
  readonly uid?: number;
  /** Why the kernel is tainted; empty if it is not. */
  readonly taint: readonly Taint[];
  /** The release, as `uname -r` prints it: `6.12.117`; absent if the log lost it. */
  readonly release?: string;
  /** The first word of what `uname -v` prints: `#1`. */
  readonly build: string;
  /** The distribution's package, `Debian 6.12.117-1`. Empty by default. */
  readonly packageId?: string;
  /** The `Hardware name:` line's text; without it there is no such line. */
  readonly hardware?: string;
}

/** The machine that made the report. */
export interface MachineFields {
  /** The CPU and the kernel; without it there is no `CPU:` line. */
  readonly machine?: ReportedMachine;
  /** The work that was being done, from the `Workqueue:` line. It is not printed. */
  readonly workqueue?: string;
}

/** The machine that made the report, in JSON. The JSON of `kasan run` has the CPU only. */
export interface MachineJson {
  /** Its CPU. */
  cpu?: number;
  /** The release, as `uname -r` prints it. */
  release?: string;
  /** Why the kernel is tainted. */
  taint?: string[];
  /** The machine. */
  hardware?: string;
  /** The work that was being done. */
  workqueue?: string;
}

const CPU =
  /^CPU: ?(\d+) (?:UID: (\d+) )?PID: (\d+) Comm: (.{1,80}?)(?: Kdump: loaded)? (?:Not tainted|Tainted: ([A-Z ]{1,40}?)) +(\d+\.\d+\S*|[\w.+~-]*[a-z][\w.+~-]*)(?: (#\S+))?(?: (.*))?$/;
/** A `CPU:` line that was cut off, or of a vendor's kernel. */
const CPU_LOST = /^CPU: ?(\d+) (?:UID: \d+ )?PID: (\d+)(?: Comm: (.{1,80}?(?= Kdump:| Not tainted| Tainted:)|\S+))?/;

/** The `CPU:` line and what follows it. */
export const machine: Section<MachineFields & AccessFields> = {
  name: "machine",
  part: "run",

  read({ draft }) {
    function readCpu(text: string): LineRole | undefined {
      if (!text.startsWith("CPU: ")) return undefined;
      const match = CPU.exec(text);
      if (match === null) {
        const [, cpu, pid, comm] = CPU_LOST.exec(text) ?? [];
        if (cpu === undefined) return "machine";
        if (comm !== undefined) draft.task ??= { comm, pid: Number(pid) };
        draft.machine ??= { cpu: Number(cpu), taint: [], build: "" };
        return "machine";
      }
      draft.task ??= { comm: match[4]!, pid: Number(match[3]) };
      const [, cpu, uid, , , taint, release, build, rest] = match as unknown as (string | undefined)[];
      const packageId = rest?.trim() ?? "";
      draft.machine ??= {
        cpu: Number(cpu),
        ...(uid !== undefined && { uid: Number(uid) }),
        taint: parseTaint(taint ?? ""),
        release: release!,
        build: build ?? "",
        ...(packageId !== "" && { packageId }),
      };
      return "machine";
    }

    return {
      lines: {
        C: readCpu,
        H(text) {
          if (!text.startsWith("Hardware name: ")) return undefined;
          if (draft.machine && draft.machine.hardware === undefined) {
            draft.machine = { ...draft.machine, hardware: text.slice(15) };
          }
          return "machine";
        },
        W(text) {
          if (!text.startsWith("Workqueue: ")) return undefined;
          draft.workqueue ??= text.slice(11);
          return "machine";
        },
        // The reasons for taint in words, and arm64's second line about the task, repeat the CPU line.
        T: (text) => (text.startsWith("Tainted: [") ? "machine" : undefined),
        t: (text) => (text.startsWith("task: ") || text.startsWith("task.") ? "machine" : undefined),
      },
    };
  },

  print({ machine: where, task }, { version }) {
    return where && task ? renderMachine(where, task, LEVEL.ERR, version) : [];
  },

  json({ machine: where, workqueue }, to): MachineJson {
    if (to.for === "run") return { cpu: where?.cpu };
    return {
      cpu: where?.cpu,
      release: where?.release,
      taint: where && [...where.taint],
      hardware: where?.hardware,
      workqueue,
    };
  },

  schema(use): Readonly<Record<string, JsonSchema>> {
    if (use === "run") return { cpu: COUNT };
    return { cpu: COUNT, release: TEXT, taint: listOf(TEXT), hardware: TEXT, workqueue: TEXT };
  },
};

/** The kernel, as the end of a phrase: `, Linux 6.12.1`; nothing if the log does not say. */
export const kernelOf = (machine: ReportedMachine | undefined): string =>
  machine?.release === undefined ? "" : `, Linux ${machine.release}`;

/** The CPU, the task and the kernel (`dump_stack_print_info` in `lib/dump_stack.c`): one to three lines. */
export function renderMachine(
  { cpu, uid = 0, taint, release, build, packageId = "", hardware }: ReportedMachine,
  task: TaskRef,
  level: number,
  version: KernelVersion = DEFAULT_VERSION,
): ReportLine[] {
  const names = atLeast(version, 6, 11);
  return lines(
    level,
    // 6.12 puts a space before the package's name even if there is none.
    `CPU: ${cpu} ${names ? `UID: ${uid} ` : ""}PID: ${task.pid} Comm: ${task.comm.slice(0, 20)} ${formatTaint(taint)} ` +
      `${release ?? ""} ${build} ${packageId}`,
    ...(taint.length === 0 || !names ? [] : [formatTaintNames(taint)]),
    ...(hardware === undefined ? [] : [`Hardware name: ${hardware}`]),
  );
}
