import type { InlinedFrame, StackFrame } from "../frame.ts";
import type { FrameObject, Track } from "../model.ts";
import { parseTraceLine } from "./frame.ts";
import { MemoryReader } from "./memory-rows.ts";
import { hexToBigint, readPageLine } from "./page.ts";
import type { LineRole, ParsedMapping, ParsedPage, ParsedRegion, ReportFields } from "./parsed.ts";
import { addressOf, hyphenated, taintsOf, toSize } from "./values.ts";
import {
  ACCESS,
  AUX,
  CACHE,
  CPU,
  CPU_LOST,
  DECODED_CODE,
  FRAME_OBJECT,
  FREE,
  HINT,
  LOCATED,
  MAPPING,
  MARKER,
  OBJECT,
  OFFSET,
  OLD_OBJECT,
  OLD_PID,
  OLD_STACK,
  OOPS,
  REGION,
  REGISTERS,
  SLAB_DUMP,
  SLUB_TRACK,
  STACK,
  STACK_WORDS,
  TAGS,
  TITLE,
  TRACK,
  VMALLOC,
} from "./wordings.ts";

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Fields as they are filled in. */
export type Draft = Writable<Omit<ReportFields, "callTrace" | "aux">> & {
  callTrace: StackFrame[];
  aux?: StackFrame[][];
};

/** What the frames that follow belong to. */
type FrameSink = StackFrame[] | undefined;

/** What an indented line can mean, besides what it says itself. */
type Expected = "variable" | "stack-function" | "mapping-caller" | undefined;

/** Reads the lines of one report, one after the other, into its fields. A line stands here without prefixes. */
export class SectionReader {
  /** What has been read. */
  readonly draft: Draft;
  /** Whether the kernel's end of the report was seen. */
  ended = false;
  private sink: FrameSink;
  private inlined: InlinedFrame[] = [];
  private titleInlined: InlinedFrame[] = [];
  private expected: Expected;
  private located: Pick<ParsedRegion, "side" | "distance"> | undefined;
  private track: Writable<Track> | undefined;
  private stackName: string | undefined;
  private headRaw = false;
  /** Set when the rows of memory begin. */
  private memory: MemoryReader | undefined;
  private traced = false;

  constructor(form: ReportFields["form"]) {
    this.draft = { form, bugType: form === "oops" ? "general-protection-fault" : "", callTrace: [] };
  }

  /** Whether the access or what stands for it has been read: enough to know that this is a report. */
  get begun(): boolean {
    const { access, machine, callTrace } = this.draft;
    return access !== undefined || machine !== undefined || callTrace.length > 0;
  }

  /** Whether rows of memory can follow. */
  get inMemory(): boolean {
    return this.memory !== undefined;
  }

  /** Reads a line; `undefined` if no report has such a line. */
  read(text: string): LineRole | undefined {
    const line = text.length > 1500 ? text.slice(0, 1500) : text;
    const trimmed = line.trim();
    if (trimmed === "") return "blank";
    const role = this.readFrame(trimmed) ?? this.readSection(trimmed, line);
    return role;
  }

  private readFrame(text: string): LineRole | undefined {
    if (text.charCodeAt(0) === 60) {
      const marker = MARKER.exec(text);
      if (marker !== null && this.sink !== undefined) {
        this.stackName = marker[1] === "/" || marker[2] === "EOI" ? undefined : marker[2];
        const rest = text.slice(marker[0].length);
        return rest === "" ? "stack-name" : (this.readFrame(rest) ?? "stack-name");
      }
    }
    if (this.expected !== undefined) return this.readExpected(text);
    if (this.sink === undefined) return undefined;
    const line = parseTraceLine(text);
    if (line === undefined) return undefined;
    if (line.kind === "inline") this.inlined.push(line.inlined);
    else {
      const name = this.sink === this.draft.callTrace && this.stackName !== "TASK" ? this.stackName : undefined;
      const plain = name === undefined && this.inlined.length === 0;
      this.sink.push(
        plain
          ? line.frame
          : {
              ...line.frame,
              ...(name !== undefined && { stack: name }),
              ...(this.inlined.length > 0 && { inlined: this.inlined }),
            },
      );
      this.inlined = [];
    }
    return "frame";
  }

  private readExpected(text: string): LineRole | undefined {
    const line = parseTraceLine(text);
    const what = this.expected;
    if (line === undefined) {
      this.expected = undefined;
      return undefined;
    }
    // Symbolizers print one line for each function that was merged into it.
    if (line.kind === "frame") this.expected = undefined;
    const frame: StackFrame = line.kind === "frame" ? line.frame : { symbol: line.inlined.symbol, reliable: true };
    if (what === "variable") {
      this.draft.variable = frame;
      return "variable";
    }
    if (what === "mapping-caller") {
      this.draft.vmalloc = { ...(this.draft.vmalloc as ParsedMapping), caller: frame };
      return "vmalloc";
    }
    const { stack } = this.draft;
    if (stack?.frame) this.draft.stack = { ...stack, frame: { ...stack.frame, function: frame } };
    return "stack-location";
  }

  private readSection(text: string, line: string): LineRole | undefined {
    switch (text.charCodeAt(0)) {
      case 0x3d: // =
        return equalsSigns(text);
      case 0x42: // B
        return (
          this.readTitle(text) ??
          this.readOops(text) ??
          slabDump(text) ??
          (text.startsWith("Backtrace:") ? this.startTrace() : undefined)
        );
      case 0x52: // R
      case 0x57: // W
        return this.readAccess(text) ?? this.readWorkqueue(text) ?? this.readRegisters(text) ?? slabDump(text);
      case 0x46: // F
        return this.readFree(text) ?? this.readTrack(text) ?? this.readRegisters(text);
      case 0x41: // A
        return (
          this.readTrack(text) ?? this.readOldVariable(text) ?? this.readAsynchronous(text) ?? this.readRegisters(text)
        );
      case 0x50: // P
        return (
          this.readTags(text) ??
          this.readOldPid(text) ??
          this.readOops(text) ??
          this.readRegisters(text) ??
          slabDump(text)
        );
      case 0x43: // C
        return this.readMachine(text) ?? this.readCallTrace(text) ?? this.readRegisters(text);
      case 0x54: // T
        return (
          this.readAddress(text) ??
          (/^(?:This|this) frame has|^Tainted: \[/.test(text)
            ? text.startsWith("Tainted")
              ? "machine"
              : "stack-location"
            : undefined)
        );
      case 0x74: // t
        if (text.startsWith("this frame has")) return "stack-location";
        return text.startsWith("task: ") || text.startsWith("task.") ? "machine" : this.readRegisters(text);
      case 0x48: // H
        return this.readHardware(text);
      case 0x4c: // L
      case 0x53: // S
        return (
          this.readAux(text) ??
          this.readRegisters(text) ??
          (/^Stack:|^Sched_ext:/.test(text) ? "stack-words" : undefined)
        );
      case 0x4d: // M
        if (text.startsWith("Memory state around")) return this.startMemory();
        if (text.startsWith("Modules linked in")) return "modules";
        if (text.startsWith("Mem abort info")) return "oops";
        return this.readRegisters(text);
      case 0x4f: // O
        return this.readOldObject(text) ?? this.readOops(text) ?? this.readRegisters(text) ?? slabDump(text);
      case 0x4b: // K
        return (
          this.readHint(text) ??
          this.readPanic(text) ??
          (text.startsWith("Kernel Offset") ? "note" : this.readRegisters(text))
        );
      case 0x6b: // k
        return this.readOldHint(text);
      case 0x55: // U
      case 0x67: // g
        return this.readOops(text) ?? this.readRegisters(text);
      case 0x49: // I
        return this.readSlubTrack(text) ?? slabDump(text) ?? this.readOops(text);
      case 0x44: // D
        if (text.startsWith("Disabling lock debugging due to kernel taint")) return "note";
        return /^Data abort info|^Dumping ftrace/.test(text) ? "oops" : this.readRegisters(text);
      case 0x2d: // -
        if (text.startsWith("---[ end trace") || text.startsWith("--[ end trace")) {
          if (this.draft.form === "oops") this.ended = true;
          return "end";
        }
        return /^-{20,}$/.test(text) && this.draft.form === "report" ? "slab-dump" : undefined;
      case 0x28: // (
        if (text.startsWith("(stack is not available)")) return this.track ? this.noStack() : "track";
        return text.startsWith("(ftrace") ? "oops" : undefined;
      case 0x5b: // [
        return (
          this.readFrameObject(text) ??
          this.readMapping(text) ??
          (/^\[[0-9a-f]{16}\] (?:pgd|\*?p)/.test(text) ? "oops" : undefined)
        );
      case 0x5e: // ^
        return this.memory?.readCaret(line);
      case 0x3e: // >
        return this.memory?.readRow(text, line);
      case 0x22: // "
        return undefined;
    }
    return this.readLowerCase(text, line);
  }

  private readLowerCase(text: string, line: string): LineRole | undefined {
    if (!this.inMemory) {
      const page = this.readPage(text);
      if (page !== undefined) return page;
    } else {
      const row = this.memory?.readRow(text, line);
      if (row !== undefined) return row;
    }
    if (text.startsWith("which belongs to")) return this.readCache(text);
    if (text.startsWith("and is located at offset")) return this.readOffset(text);
    if (text.startsWith("addr ")) return this.readOldStack(text);
    return this.readRegion(text) ?? this.readTrack(text) ?? this.readSystem(text);
  }

  /** Lines of an oops in lower case: arm64's decoded fault, registers. */
  private readSystem(text: string): LineRole | undefined {
    const registers = this.readRegisters(text);
    if (registers !== undefined) return registers;
    if (STACK_WORDS.test(text)) return "stack-words";
    if (this.draft.form === "oops" && /^(?:user|swapper) pgtable|^note: |^pgd = /.test(text)) return "oops";
    return undefined;
  }

  private readTitle(text: string): LineRole | undefined {
    if (!text.startsWith("BUG: KAS")) return undefined;
    const match = TITLE.exec(text);
    if (match === null) {
      const type = /^BUG: KAS[Aa][Nn]: ([a-z][a-z -]{2,60}?)(?: in\b.*| on\b.*)?$/.exec(text)?.[1];
      if (type === undefined) return "title";
      if (this.draft.bugType === "") this.draft.bugType = type;
      return "title";
    }
    const [, type, place, at, on] = match;
    this.draft.bugType = hyphenated(type!);
    if (place !== undefined) this.setFunction(place);
    const address = addressOf(at ?? on);
    if (address !== undefined) this.titleAddress = address;
    return "title";
  }

  private titleAddress: bigint | undefined;

  private setFunction(place: string): void {
    const line = parseTraceLine(place);
    if (line?.kind === "inline") this.titleInlined.push(line.inlined);
    else if (line?.kind === "frame") {
      this.draft.function = {
        ...line.frame,
        ...(this.titleInlined.length > 0 && { inlined: this.titleInlined }),
      };
    } else if (/^[\w.$]+$/.test(place)) this.draft.function ??= { symbol: place, reliable: true };
  }

  private readAccess(text: string): LineRole | undefined {
    const match = ACCESS.exec(text);
    if (match === null) return /^(?:Read|Write) (?:of size|at addr)/.test(text) ? "access" : undefined;
    const [, kind, size, at, comm, pid] = match;
    const address = addressOf(at) ?? this.titleAddress;
    this.draft.task ??= { comm: comm!, pid: Number(pid) };
    if (address !== undefined && this.draft.access === undefined) {
      this.draft.access = {
        kind: kind as "Read" | "Write",
        ...(size !== undefined && { size: toSize(size) }),
        address,
      };
    }
    return "access";
  }

  private readFree(text: string): LineRole | undefined {
    const match = FREE.exec(text);
    if (match === null) return undefined;
    this.draft.access ??= { kind: "Free", address: hexToBigint(match[1]!) };
    this.draft.task ??= { comm: match[2]!, pid: Number(match[3]) };
    return "access";
  }

  private readAsynchronous(text: string): LineRole | undefined {
    if (!text.startsWith("Asynchronous fault")) return undefined;
    this.draft.asynchronous = true;
    return "access";
  }

  private readTags(text: string): LineRole | undefined {
    const match = TAGS.exec(text);
    if (match === null) return undefined;
    const [pointerTag, memoryTag] = [Number.parseInt(match[1]!, 16), Number.parseInt(match[2]!, 16)];
    if (this.draft.access) this.draft.access = { ...this.draft.access, pointerTag, memoryTag };
    return "tags";
  }

  private readMachine(text: string): LineRole | undefined {
    if (!text.startsWith("CPU: ")) return undefined;
    const match = CPU.exec(text);
    const lost = match ?? CPU_LOST.exec(text);
    if (lost === null) return "machine";
    if (match === null) {
      this.draft.task ??= { comm: lost[3]!, pid: Number(lost[2]) };
      return "machine";
    }
    const [, cpu, uid, pid, comm, taint, release, build, rest] = match as unknown as (string | undefined)[];
    this.draft.task ??= { comm: comm!, pid: Number(pid) };
    const packageId = rest?.trim() ?? "";
    this.draft.machine ??= {
      cpu: Number(cpu),
      ...(uid !== undefined && { uid: Number(uid) }),
      taint: taint === undefined ? [] : taintsOf(taint),
      release: release!,
      build: build ?? "",
      ...(packageId !== "" && { packageId }),
    };
    return "machine";
  }

  private readHardware(text: string): LineRole | undefined {
    if (!text.startsWith("Hardware name: ")) return undefined;
    if (this.draft.machine && this.draft.machine.hardware === undefined) {
      this.draft.machine = { ...this.draft.machine, hardware: text.slice(15) };
    }
    return "machine";
  }

  private readWorkqueue(text: string): LineRole | undefined {
    if (!text.startsWith("Workqueue: ")) return undefined;
    this.draft.workqueue ??= text.slice(11);
    return "machine";
  }

  private readCallTrace(text: string): LineRole | undefined {
    return /^Call [Tt]race/.test(text) ? this.startTrace() : undefined;
  }

  private startTrace(): LineRole {
    this.track = undefined;
    // A second trace, of the panic that followed or of another CPU, is not this report's.
    this.sink = this.traced ? [] : this.draft.callTrace;
    this.traced = true;
    this.stackName = undefined;
    return "trace-title";
  }

  private readTrack(text: string): LineRole | undefined {
    if (/^(?:Allocated|Freed|Allocation|Deallocation):$/.test(text)) {
      this.startTrack(/^A/.test(text), { pid: 0 });
      return "track";
    }
    const match = TRACK.exec(text);
    if (match === null) return undefined;
    const [, did, pid, cpu, seconds, fraction] = match;
    this.startTrack(/^a/i.test(did!), {
      pid: Number(pid),
      ...(cpu !== undefined && {
        cpu: Number(cpu),
        timestamp: Number(seconds) * 1e6 + Number(fraction!.padEnd(6, "0")),
      }),
    });
    return "track";
  }

  private startTrack(allocated: boolean, track: Writable<Track>): void {
    const stack: StackFrame[] = [];
    track.stack = stack;
    if (allocated) this.draft.allocated ??= track;
    else this.draft.freed ??= track;
    this.track = track;
    this.sink = stack;
  }

  private noStack(): LineRole {
    if (this.track) this.track.stack = undefined as never;
    if (this.track) delete (this.track as { stack?: unknown }).stack;
    this.sink = undefined;
    return "track";
  }

  private readOldPid(text: string): LineRole | undefined {
    const match = OLD_PID.exec(text);
    if (match === null || this.track === undefined) return undefined;
    this.track.pid = Number(match[1]);
    if (match[2] !== undefined) Object.assign(this.track, { cpu: Number(match[2]), timestamp: Number(match[3]) });
    return "track";
  }

  private readSlubTrack(text: string): LineRole | undefined {
    const match = SLUB_TRACK.exec(text);
    if (match === null) return undefined;
    this.startTrack(match[1] === "Allocated", { pid: Number(match[3]) });
    return "track";
  }

  private readAux(text: string): LineRole | undefined {
    const match = AUX.exec(text);
    if (match === null) return undefined;
    this.track = undefined;
    this.draft.aux ??= [];
    const stack: StackFrame[] = [];
    this.draft.aux.push(stack);
    this.sink = stack;
    return "track";
  }

  private readOldObject(text: string): LineRole | undefined {
    const match = OLD_OBJECT.exec(text);
    if (match !== null) {
      const [, address, cache, size] = match;
      this.draft.object ??= {
        address: hexToBigint(address!),
        cache: cache!,
        ...(size !== undefined && { objectSize: Number(size) }),
      };
      return "object";
    }
    const bytes = /^Object (?:freed, )?allocated with size (\d+)/.exec(text)?.[1];
    if (bytes === undefined) return undefined;
    if (this.draft.object) this.draft.object = { ...this.draft.object, allocSize: Number(bytes) };
    return "object";
  }

  /** The lines that begin with "The buggy address". */
  private readAddress(text: string): LineRole | undefined {
    if (!text.startsWith("The buggy address")) return undefined;
    this.sink = undefined;
    this.track = undefined;
    if (text.startsWith("The buggy address belongs to the variable")) {
      this.expected = "variable";
      return "variable";
    }
    if (/^The buggy address belongs to the (?:physical )?page/.test(text)) {
      this.draft.page ??= {};
      return "page";
    }
    const object = OBJECT.exec(text);
    if (object !== null) {
      this.draft.object ??= { address: hexToBigint(object[1]!), cache: "" };
      return "object";
    }
    return this.readLocated(text) ?? this.readStack(text) ?? this.readVmalloc(text);
  }

  private readLocated(text: string): LineRole | undefined {
    const match = LOCATED.exec(text);
    if (match === null) return undefined;
    const side = { "inside of": "inside", "to the left of": "left", "to the right of": "right" } as const;
    this.located = { distance: Number(match[1]), side: side[match[2] as keyof typeof side] };
    return "region";
  }

  private readCache(text: string): LineRole | undefined {
    const match = CACHE.exec(text);
    if (match === null) return undefined;
    const { object } = this.draft;
    if (object) this.draft.object = { ...object, cache: match[1]!, objectSize: Number(match[2]) };
    return "object";
  }

  private readRegion(text: string): LineRole | undefined {
    const match = REGION.exec(text);
    if (match === null) return undefined;
    const [, state, size, start, end] = match;
    this.draft.region = {
      start: hexToBigint(start!),
      end: hexToBigint(end!),
      size: Number(size),
      ...this.located,
      ...(state !== undefined && { state: state as "allocated" | "freed" }),
    };
    const { object } = this.draft;
    if (object) {
      this.draft.object = {
        ...object,
        allocSize: Number(size),
        ...(state !== undefined && { state: state as "allocated" | "freed" }),
      };
    }
    return "region";
  }

  private readOldVariable(text: string): LineRole | undefined {
    const place = /^Address belongs to variable (.*)/.exec(text)?.[1];
    if (place === undefined) return undefined;
    const line = parseTraceLine(place);
    if (line?.kind === "frame") this.draft.variable ??= line.frame;
    return "variable";
  }

  private readStack(text: string): LineRole | undefined {
    const match = STACK.exec(text);
    if (match === null) return undefined;
    this.draft.stack ??= { task: { comm: match[1]!, pid: Number(match[2]) } };
    return "stack-location";
  }

  private readOldStack(text: string): LineRole | undefined {
    const match = OLD_STACK.exec(text);
    if (match === null) return undefined;
    this.draft.stack ??= { task: { comm: match[2]!, pid: Number(match[3]) } };
    this.startStackFrame(Number(match[4]));
    return "stack-location";
  }

  private readOffset(text: string): LineRole | undefined {
    const match = OFFSET.exec(text);
    if (match === null) return undefined;
    this.startStackFrame(Number(match[1]));
    return "stack-location";
  }

  private startStackFrame(offset: number): void {
    const { stack } = this.draft;
    if (stack) this.draft.stack = { ...stack, frame: { offset, function: { reliable: true }, objects: [] } };
    this.sink = undefined;
    this.expected = "stack-function";
  }

  private readFrameObject(text: string): LineRole | undefined {
    const match = FRAME_OBJECT.exec(text);
    const { stack } = this.draft;
    if (match === null) return undefined;
    if (stack?.frame) {
      const [, start, end, name, line] = match;
      const object: FrameObject = {
        start: Number(start),
        end: Number(end),
        name: name!,
        ...(line !== undefined && { line: Number(line) }),
      };
      this.draft.stack = { ...stack, frame: { ...stack.frame, objects: [...stack.frame.objects, object] } };
    }
    return "stack-location";
  }

  private readVmalloc(text: string): LineRole | undefined {
    const match = VMALLOC.exec(text);
    if (match !== null) {
      const caller = parseTraceLine(match[3]!);
      this.draft.vmalloc ??= {
        pages: Number(match[1]),
        start: hexToBigint(match[2]!),
        caller: caller?.kind === "frame" ? caller.frame : { reliable: true },
      };
      return "vmalloc";
    }
    if (
      /^The buggy address(?: (?:0x)?[0-9a-f]{8,16})? belongs to a (?:vmalloc )?virtual mapping/.test(text) ||
      / vmalloc virtual mapping/.test(text)
    ) {
      this.draft.vmalloc ??= "virtual mapping";
      return "vmalloc";
    }
    return text.startsWith("The buggy address belongs to the virtual mapping") ? "vmalloc" : undefined;
  }

  private readMapping(text: string): LineRole | undefined {
    const match = MAPPING.exec(text);
    if (match === null) return undefined;
    this.draft.vmalloc ??= { start: hexToBigint(match[1]!), end: hexToBigint(match[2]!) };
    this.expected = "mapping-caller";
    return "vmalloc";
  }

  private readPage(text: string): LineRole | undefined {
    const owner = this.readPageOwner(text);
    if (owner !== undefined) return owner;
    const page = this.draft.page as Writable<ParsedPage> | undefined;
    if (page === undefined) return undefined;
    if (!readPageLine(text, page, this.headRaw)) return undefined;
    if (text.startsWith("head:")) this.headRaw = true;
    return "page";
  }

  private readPageOwner(text: string): LineRole | undefined {
    if (!text.startsWith("page")) return undefined;
    const state = /^page_owner tracks the page as (allocated|freed)/.exec(text)?.[1];
    if (state !== undefined) {
      this.draft.pageOwner = { ...this.draft.pageOwner, allocatedNow: state === "allocated" };
      return "page";
    }
    if (text.startsWith("page last allocated via")) {
      const pid = Number(/\bpid (\d+)/.exec(text)?.[1] ?? 0);
      const time = /\bts (\d+)/.exec(text)?.[1];
      const stack: StackFrame[] = [];
      const allocated: Track = {
        pid,
        ...(time !== undefined && { timestamp: Math.floor(Number(time) / 1000) }),
        stack,
      };
      this.draft.pageOwner = { ...this.draft.pageOwner, allocated };
      this.sink = stack;
      return "page";
    }
    if (text.startsWith("page last free")) {
      const stack: StackFrame[] = [];
      const pid = Number(/\bpid (\d+)/.exec(text)?.[1] ?? 0);
      this.draft.pageOwner = { ...this.draft.pageOwner, freed: { pid, stack } };
      this.sink = stack;
      return "page";
    }
    return text.startsWith("page_owner ") ? "page" : undefined;
  }

  private startMemory(): LineRole {
    this.memory ??= new MemoryReader();
    this.sink = undefined;
    this.expected = undefined;
    return "memory-title";
  }

  private readHint(text: string): LineRole | undefined {
    const match = HINT.exec(text);
    if (match === null) return undefined;
    this.draft.shadowFault ??= { type: match[1]!, first: hexToBigint(match[2]!), last: hexToBigint(match[3]!) };
    if (this.draft.form === "oops") this.draft.bugType = match[1]!.replace(/^(?:probably|maybe) /, "");
    return "shadow-fault";
  }

  private readOldHint(text: string): LineRole | undefined {
    if (!text.startsWith("kasan: ")) return undefined;
    if (text.startsWith("kasan: GPF could be caused by")) {
      this.draft.shadowFault ??= { type: "NULL-ptr deref or user memory access" };
      return "shadow-fault";
    }
    return /^kasan: CONFIG_KASAN_INLINE/.test(text) ? "shadow-fault" : undefined;
  }

  private readPanic(text: string): LineRole | undefined {
    const message = /^Kernel panic - not syncing: (.*)/.exec(text)?.[1];
    if (message === undefined) return undefined;
    this.draft.panic ??= message;
    return "panic";
  }

  private readOops(text: string): LineRole | undefined {
    if (!OOPS.test(text)) return undefined;
    this.draft.oops ??= text;
    return "oops";
  }

  private readRegisters(text: string): LineRole | undefined {
    if (DECODED_CODE.test(text)) return "registers";
    if (!REGISTERS.test(text)) return undefined;
    if (this.draft.form === "oops") this.readFaultPlace(text);
    else if (this.sink === this.draft.callTrace && this.sink.length > 0) {
      const last = this.sink.pop()!;
      this.sink.push({ ...last, registers: [...(last.registers ?? []), text] });
    }
    return "registers";
  }

  private readFaultPlace(text: string): void {
    if (this.draft.function !== undefined) return;
    const place = /^(?:[RE]?IP|NIP|pc|PC is at|epc)\s*:? *(?:[0-9a-f]{2,4}:)?(.*)/.exec(text)?.[1];
    if (place === undefined) return;
    const line = parseTraceLine(place.replace(/^(?:\[<[0-9a-f]+>\] *){1,2}/, ""));
    if (line?.kind === "frame") this.draft.function = line.frame;
  }

  /** What was read, in its final form. */
  finish(): ReportFields {
    const { draft } = this;
    Object.assign(draft, this.memory?.finish(draft.access));
    return draft;
  }
}

/** 66 of them stand above and below a report. Other numbers belong to dumps: of a slab, of decoded code. */
function equalsSigns(text: string): LineRole | undefined {
  if (!/^={8,}$/.test(text)) return undefined;
  return text.length >= 60 && text.length <= 70 ? "rule" : text.length > 70 ? "slab-dump" : "registers";
}

function slabDump(text: string): LineRole | undefined {
  return SLAB_DUMP.test(text) ? "slab-dump" : undefined;
}
