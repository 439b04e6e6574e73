import { join, sizeOf } from "../../mm/guest-memory.ts";
import type { ApiMachine } from "../machine.ts";
import { type KernelFunctions, kernelFunction } from "../signature.ts";

/** Clock ticks per second (CONFIG_HZ), and where jiffies starts: 5 minutes before it needs more than 32 bits (INITIAL_JIFFIES). */
const HZ = 250;
const INITIAL_JIFFIES = 2 ** 32 - 300 * HZ;
/** Number of random bytes generated at a time. */
const PIECE = 4096;

/** The parts of a machine that the time functions use. */
type TimeMachine = Pick<ApiMachine, "clock" | "cpu" | "counters" | "guestMemory" | "checkTime">;

/** Time, which passes as the guest calls the kernel; delays; random numbers derived from the machine's seed. */
export function timeFunctions(machine: TimeMachine): KernelFunctions {
  const { clock, cpu, counters, guestMemory } = machine;
  const result = (nanoseconds: number) => cpu.resultOf(BigInt(Math.floor(nanoseconds)));
  /** xorshift32: with one CPU, the same seed gives the same numbers. */
  const random = (): number => {
    let state = counters.get("random");
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    counters.set("random", state);
    return state | 0;
  };

  const jiffies = (): number => {
    // Loops that wait for jiffies must end.
    clock.advance(1000);
    return cpu.resultOf(BigInt(INITIAL_JIFFIES + Math.floor(clock.now / (1e9 / HZ))));
  };

  return {
    ktime_get: kernelFunction(":l", () => {
      clock.advance(100);
      return result(clock.now);
    }),
    get_jiffies_64: kernelFunction(":l", jiffies),
    /** The same, for the headers of a kernel's source, which have an inline function of that name. */
    kasan_guest_jiffies: kernelFunction(":l", jiffies),
    kasan_guest_delay: kernelFunction("l:v", (low, high) => clock.delay(sizeOf(low, high), () => machine.checkTime())),
    get_random_u32: kernelFunction(":i", random),
    get_random_u64: kernelFunction(":l", () => cpu.result(random(), random())),
    get_random_bytes: kernelFunction("ll:v", (low, high, countLow, countHigh) => {
      // In pieces, so that a wild count faults early.
      const count = sizeOf(countLow, countHigh);
      for (let done = 0; done < count; done += PIECE) {
        const bytes = Uint8Array.from({ length: Math.min(PIECE, count - done) }, () => random() & 0xff);
        guestMemory.write(join(low, high) + BigInt(done), bytes);
      }
    }),
  };
}
