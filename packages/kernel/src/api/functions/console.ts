import { TAINTS } from "@kasan/report";
import { formatKernel } from "../../log/format/format.ts";
import type { FormatSource } from "../../log/format/source.ts";
import { bytesToString, join, sizeOf } from "../../mm/guest-memory.ts";
import type { ApiMachine } from "../machine.ts";
import { type KernelFunctions, kernelFunction } from "../signature.ts";

/** Maximum line length; longer lines are truncated, as by printk. */
const FORMAT_MAX = 4096;

/** From the formatter to printk (kernel/printk/printk.c). */
const PRINTK_PATH = ["vsnprintf", "vprintk_store", "vprintk_emit", "vprintk_default", "_printk"];

const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** A loop: `Uint8Array.from()` takes ten times as long, and some guests print with each input that they are fuzzed with. */
function stringToBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** The parts of a machine that the console functions use. */
type ConsoleMachine = Pick<
  ApiMachine,
  "guestMemory" | "guest" | "kasan" | "oops" | "printk" | "clock" | "symbols" | "consoleTrace" | "pointerHash"
>;

/** printk and formatting (include/linux/printk.h, kernel.h), and the functions that stop a guest or warn (bug.h, panic.h). */
export function consoleFunctions(machine: ConsoleMachine): KernelFunctions {
  const { guestMemory, kasan, oops, printk, clock } = machine;
  /** The conversion that a kernel's own code formats, and the text that it made. */
  let conversion = "";
  let converted: string | undefined;

  /** Lets a kernel's own code format a pointer (packages/guest/arch/lib/vsprintf.c). */
  const structure = (text: string, address: bigint): string | undefined => {
    conversion = text;
    converted = undefined;
    machine.guest.named("kasan_guest_format_pointer", address);
    return converted;
  };

  /** Reads a va_list: arguments in memory, each at its natural alignment. `by`: who formats, innermost first. */
  const argumentsAt = (at: bigint, by: readonly string[]): FormatSource => {
    const checked = (address: bigint, count: number, reader: string) =>
      kasan.checkBytesRead(address, count, [reader, ...by]);
    return {
      next(bytes) {
        at = (at + BigInt(bytes - 1)) & ~BigInt(bytes - 1);
        const view = new DataView(guestMemory.read(at, bytes).buffer);
        at += BigInt(bytes);
        return bytes === 8 ? view.getBigUint64(0, true) : BigInt(view.getUint32(0, true));
      },
      string(address, limit) {
        const text = guestMemory.byteString(address, limit);
        checked(address, Math.min(limit, text.length + 1), "string");
        return text;
      },
      bytes(address, count) {
        checked(address, count, "pointer");
        return guestMemory.read(address, count);
      },
      symbol: (address) => bytesToString(encoder.encode(machine.symbols.format(address))),
      list: (address) => argumentsAt(address, by),
      hashed: (address) => machine.pointerHash.of(address),
      structure,
    };
  };
  /** The formatted text, as bytes. */
  const formatBytes = (
    low: number,
    high: number,
    argsLow: number,
    argsHigh: number,
    by: readonly string[] = [],
  ): Uint8Array =>
    stringToBytes(
      formatKernel(guestMemory.byteString(join(low, high), FORMAT_MAX), argumentsAt(join(argsLow, argsHigh), by)),
    );
  /** The formatted text, for the log. Invalid UTF-8 becomes U+FFFD. */
  const format = (low: number, high: number, argsLow: number, argsHigh: number): string =>
    decoder.decode(formatBytes(low, high, argsLow, argsHigh));

  const print = (low: number, high: number, argsLow: number, argsHigh: number): number => {
    clock.advance(10_000);
    const bytes = formatBytes(low, high, argsLow, argsHigh, PRINTK_PATH);
    printk.print(decoder.decode(bytes));
    return bytes.length;
  };

  /** Writes at most `size` bytes, including the NUL. @returns the length of the whole text */
  const writeText = (low: number, high: number, size: number, bytes: Uint8Array): number => {
    if (size > 0) {
      const cut = bytes.subarray(0, size - 1);
      const out = new Uint8Array(cut.length + 1);
      out.set(cut);
      guestMemory.write(join(low, high), out);
    }
    return bytes.length;
  };
  /** sprintf's buffer has no given size. */
  const UNBOUNDED = 2 ** 31 - 1;

  return {
    _printk: kernelFunction("ll:i", print),
    vprintk: kernelFunction("ll:i", print),
    vsnprintf: kernelFunction("llll:i", (low, high, sizeLow, sizeHigh, formatLow, formatHigh, argsLow, argsHigh) =>
      writeText(
        low,
        high,
        Math.min(sizeOf(sizeLow, sizeHigh), UNBOUNDED),
        formatBytes(formatLow, formatHigh, argsLow, argsHigh),
      ),
    ),
    vsprintf: kernelFunction("lll:i", (low, high, formatLow, formatHigh, argsLow, argsHigh) =>
      writeText(low, high, UNBOUNDED, formatBytes(formatLow, formatHigh, argsLow, argsHigh)),
    ),
    /** Writes the conversion that {@link structure} is at, which is a format by itself, to a buffer. */
    kasan_guest_conversion: kernelFunction("ll:v", (low, high, sizeLow, sizeHigh) => {
      writeText(low, high, sizeOf(sizeLow, sizeHigh), stringToBytes(conversion));
    }),
    /** Takes its text. */
    kasan_guest_converted: kernelFunction("l:v", (low, high) => {
      converted = guestMemory.byteString(join(low, high), FORMAT_MAX);
    }),
    /** Copies each printed line to a buffer of the given size and calls the guest. NULL stops this. */
    kasan_guest_trace_console: kernelFunction("ll:v", (low, high, sizeLow, sizeHigh) =>
      machine.consoleTrace.setBuffer(low, high, sizeOf(sizeLow, sizeHigh)),
    ),
    /** add_taint(): takes the flag's number (include/linux/panic.h). */
    add_taint: kernelFunction("ii:v", (flag) => {
      if (flag >>> 0 < TAINTS.length) oops.taint(TAINTS[flag][0]);
    }),
    dump_stack: kernelFunction(":v", () => oops.dumpStack()),
    panic: kernelFunction("ll:v", (low, high, argsLow, argsHigh) => oops.panic(format(low, high, argsLow, argsHigh))),
    /** BUG(): file, line. */
    kasan_guest_bug: kernelFunction("li:v", (low, high, line) => oops.bug(guestMemory.string(join(low, high)), line)),
    /** WARN(): file, line, format or NULL, arguments. */
    kasan_guest_warn: kernelFunction("lill:v", (fileLow, fileHigh, line, low, high, argsLow, argsHigh) => {
      const message = low === 0 && high === 0 ? undefined : format(low, high, argsLow, argsHigh);
      oops.warn(guestMemory.string(join(fileLow, fileHigh)), line, message);
    }),
    /** The same from warn_slowpath_fmt(), which stands for an instruction of the function that warns. */
    kasan_guest_warn_caller: kernelFunction("lil:v", (fileLow, fileHigh, line, low, high) => {
      const message = low === 0 && high === 0 ? undefined : guestMemory.string(join(low, high));
      oops.warn(guestMemory.string(join(fileLow, fileHigh)), line, message, [], 1);
    }),
    /** A wait that never ends: while the kernel boots, only what it calls ends. Takes the name of the function that waits. */
    kasan_guest_leave_boot: kernelFunction("l:v", (low, high) =>
      oops.leaveBoot(`it would wait for ever in ${guestMemory.string(join(low, high))}()`, true),
    ),
    /** Writes the name of the symbol at an address, formatted as by `%pS`, to a buffer. Returns its length. */
    sprint_symbol: kernelFunction("ll:i", (low, high, atLow, atHigh) =>
      writeText(low, high, UNBOUNDED, encoder.encode(machine.symbols.format(join(atLow, atHigh)))),
    ),
  };
}
