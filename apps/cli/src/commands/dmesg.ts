import { Command, Option } from "@commander-js/extra-typings";
import { callerName, type LogRecord, logText } from "@kasan/image";
import { addOptions, type FlagsOf } from "./flags.ts";
import { addImageCommand, type ImageCommand } from "./image-command.ts";
import { IMAGE_HELP } from "./image-options.ts";
import { formatOptions, writeForms } from "./output-options.ts";

const EXAMPLES = `
${IMAGE_HELP}

Examples:
  kasan dmesg vmcore                        as dmesg would have printed it
  kasan dmesg vmcore | kasan explain -      what its reports mean
  kasan dmesg vmcore --caller               with the task or CPU that wrote each line
  kasan dmesg vmcore --format json -o log.json

Takes less than 1 s; a compressed image is decompressed first. VMCOREINFO, which kernels keep in memory, says where the log is.
Exit codes: 0 done, 2 bad usage or input, 70 a bug in kasan.
`;

const options = () =>
  addOptions(
    new Command().addOption(new Option("--caller", "print who wrote each line: a task like T97, or a CPU like C1")),
    formatOptions(["json"]),
  );

/** `kasan dmesg`. */
export const dmesgCommand: ImageCommand<FlagsOf<typeof options>> = {
  name: "dmesg",
  summary: "print the kernel's log in a memory image",
  description: "Prints the log that a kernel kept in its memory, as dmesg does: each line after its time.",
  options,
  examples: EXAMPLES,
  answer: async ({ image, flags, streams }) => {
    const { records, warnings } = image.kernel.log;
    for (const warning of warnings) streams.err(`kasan: warning: ${warning}\n`);
    const forms = {
      text: () => logText(records, { caller: flags.caller === true }),
      json: () => recordTexts(records),
    };
    await writeForms(flags, forms, streams);
  },
};

/** Adds `kasan dmesg`. */
export const addDmesg = addImageCommand(dmesgCommand);

/** JSON, made as it is printed. */
function* recordTexts(records: readonly LogRecord[]): Generator<string> {
  yield '{"version":1,\n"records":[';
  for (const [i, record] of records.entries()) yield `${i === 0 ? "" : ","}\n${JSON.stringify(recordJson(record))}`;
  yield "\n]}\n";
}

function recordJson({ sequence, nanoseconds, level, facility, caller, text }: LogRecord): object {
  return {
    ...(sequence >= 0 && { sequence }),
    time: Number(nanoseconds / 1000n) / 1e6,
    level,
    facility,
    ...(caller !== undefined && { caller: callerName(caller) }),
    text,
  };
}
