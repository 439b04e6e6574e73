import { parseTraceLine } from "../parse/frame.ts";
import type { CallTraceFields } from "./call-trace.ts";
import type { LineReader, Section } from "./section.ts";
import type { TitleFields } from "./title.ts";

const REGISTERS =
  /^(?:[RE]?IP|RSP|ESP|[RE]?(?:AX|BX|CX|DX|SI|DI|BP)|R\d\d|EFLAGS|EAX|FS|CS|DS|CR\d|DR\d|PKRU|Code|ORIG_RAX|PC is at|LR is at|NIP|MSR|CFAR|GPR\d+|LR|epc|ra|gp|status|Flags|Control|psw|Krnl|Call Trace regs|pc|lr|sp|pstate|[xrst]\d{1,2}|a\d|fp|ip)\s*[: (]/;
/** Disassembly that decodecode adds to the `Code:` line. */
const DECODED_CODE = /^(?:All code|Code starting with the faulting instruction)$|^[0-9a-f]{1,4}:\*?\s+(?:[0-9a-f]{2} )/;
/** The register that says where an oops happened, on any architecture. */
const PLACE = /^(?:[RE]?IP|NIP|pc|PC is at|epc)\s*:? *(?:[0-9a-f]{2,4}:)?(.*)/;
/** What `show_stack` prints before the trace on some architectures: words of the stack, of 4 or of 8 bytes. LoongArch ends them with dots. */
const STACK_WORDS = /^(?:(?:\s*[0-9a-f]{16}){1,8}|(?:\s*[0-9a-f]{8}){1,8}|\.\.\.)\s*$/;

/** Registers, code and stack words. Reports keep two things of them: the place of an oops, and the registers in a call trace. */
export const registers: Section<CallTraceFields & TitleFields> = {
  name: "registers",

  read({ draft, frames }) {
    function notePlace(text: string): void {
      const place = draft.function === undefined ? PLACE.exec(text)?.[1] : undefined;
      if (place === undefined) return;
      const line = parseTraceLine(place.replace(/^(?:\[<[0-9a-f]+>\] *){1,2}/, ""));
      if (line?.kind === "frame") draft.function = line.frame;
    }

    /** Registers inside a call trace are those at the interrupt. */
    function noteInterrupted(text: string): void {
      const trace = frames.current;
      const last = trace === draft.callTrace ? trace?.pop() : undefined;
      if (last) trace!.push({ ...last, registers: [...(last.registers ?? []), text] });
    }

    const readRegisters: LineReader = (text) => {
      if (DECODED_CODE.test(text)) return "registers";
      if (!REGISTERS.test(text)) return undefined;
      if (draft.form === "oops") notePlace(text);
      else noteInterrupted(text);
      return "registers";
    };
    const readWords: LineReader = (text) => (STACK_WORDS.test(text) ? "stack-words" : undefined);

    return {
      lines: {
        ACDEFGKLMNOPRSUW: readRegisters,
        S: (text) => (/^Stack ?:|^Sched_ext:/.test(text) ? "stack-words" : undefined),
        ".": readWords,
        "0123456789abcdef": (text, line) => readRegisters(text, line) ?? readWords(text, line),
        ghijklmnopqrstuvwxyz: readRegisters,
      },
    };
  },
};
