import { join } from "../../mm/guest-memory.ts";
import type { ApiMachine } from "../machine.ts";
import { type KernelFunctions, kernelFunction } from "../signature.ts";
import type { TestStatus } from "../test-log.ts";

/** `enum kunit_status`, as include/kunit/test.h numbers it. */
const STATUS: readonly TestStatus[] = ["ok", "not ok", "skip"];
const NAME_BYTES = 256;

/** Functions through which KUnit (packages/guest/lib/kunit) reports to the machine and queries it. */
export function kunitFunctions(machine: Pick<ApiMachine, "guestMemory" | "tests">): KernelFunctions {
  const { guestMemory, tests } = machine;
  const text = (low: number, high: number) => guestMemory.string(join(low, high), NAME_BYTES);
  const statusOf = (status: number): TestStatus => STATUS[status] ?? "not ok";

  return {
    /** A case starts. Argument: its name. */
    kasan_guest_test_start: kernelFunction("l:v", (low, high) => tests.startCase(text(low, high))),
    /** The case ended. Arguments: its status, the reason if it was skipped. */
    kasan_guest_test_end: kernelFunction("il:v", (status, low, high) =>
      tests.endCase(statusOf(status), text(low, high)),
    ),
    /** A suite ended. Arguments: its name, its status. */
    kasan_guest_suite_end: kernelFunction("li:v", (low, high, status) =>
      tests.endSuite(text(low, high), statusOf(status)),
    ),
    /** Writes the filter of tests to run (`--filter`) to a buffer of 256 bytes. */
    kasan_guest_test_filter: kernelFunction("l:v", (low, high) => {
      const bytes = new Uint8Array(NAME_BYTES);
      bytes.set(new TextEncoder().encode(tests.filter).subarray(0, NAME_BYTES - 1));
      guestMemory.write(join(low, high), bytes);
    }),
  };
}
