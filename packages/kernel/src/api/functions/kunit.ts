import { join } from "../../mm/guest-memory.ts";
import type { ApiMachine } from "../machine.ts";
import { type KernelFunctions, kernelFunction } from "../signature.ts";
import type { TestStatus } from "../test-log.ts";

/** `enum kunit_status`, as include/kunit/test.h numbers it. */
const STATUS: readonly TestStatus[] = ["ok", "not ok", "skip"];
const NAME_BYTES = 256;

/** What KUnit (packages/guest/lib/kunit) tells the machine, and asks of it. */
export function kunitFunctions(machine: Pick<ApiMachine, "guestMemory" | "tests">): KernelFunctions {
  const { guestMemory, tests } = machine;
  const text = (low: number, high: number) => guestMemory.string(join(low, high), NAME_BYTES);
  const statusOf = (status: number): TestStatus => STATUS[status] ?? "not ok";

  return {
    /** A case starts: its name. */
    kasan_guest_test_start: kernelFunction("l:v", (low, high) => tests.startCase(text(low, high))),
    /** It ended: its status, why it was skipped. */
    kasan_guest_test_end: kernelFunction("il:v", (status, low, high) =>
      tests.endCase(statusOf(status), text(low, high)),
    ),
    /** A suite ended: its name, its status. */
    kasan_guest_suite_end: kernelFunction("li:v", (low, high, status) =>
      tests.endSuite(text(low, high), statusOf(status)),
    ),
    /** What to run (`--filter`), into a buffer of 256 bytes. */
    kasan_guest_test_filter: kernelFunction("l:v", (low, high) => {
      const bytes = new Uint8Array(NAME_BYTES);
      bytes.set(new TextEncoder().encode(tests.filter).subarray(0, NAME_BYTES - 1));
      guestMemory.write(join(low, high), bytes);
    }),
  };
}
