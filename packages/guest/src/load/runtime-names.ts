import { parseModule } from "../wasm/module.ts";
import { Writer } from "../wasm/writer.ts";

/** What names of the runtime module's functions begin with, so that no function in C has the same. */
export const RUNTIME_NAME = "kasan:";
/** What names of the kernel's functions in it begin with. */
export const SERVICE_NAME = `${RUNTIME_NAME}service.`;

/** The runtime module with names for its functions, those of its exports: the engine shows them in its stack traces and profiles. */
export function withNames(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const exported = parseModule(bytes).exports.filter(({ kind }) => kind === "function");
  const names = new Writer().u32(exported.length);
  for (const { name, index } of exported) names.u32(index).name(RUNTIME_NAME + name);
  const content = new Writer().name("name").section(1, names);
  return new Writer(bytes.length + content.length + 8).raw(bytes).section(0, content).bytes.slice();
}
