import { Access, TlbKind } from "@kasan/mmu";
import { vpnFromHalves } from "@kasan/shadow";
import { join, sizeOf } from "../mm/guest-memory.ts";
import { Interrupt } from "../smp/cpu.ts";
import {
  ACCESS_ATOMIC,
  ACCESS_INLINE,
  ACCESS_SHADOW,
  ACCESS_WRITE,
  CROSSES_PAGES,
  type GuestEntries,
} from "./guest-interface.ts";
import type { ApiMachine } from "./machine.ts";

/** Functions that inline checks call on a tag mismatch, innermost first (arch/arm64/lib/kasan_sw_tags.S). */
const MISMATCH_PATH = ["kasan_tag_mismatch", "__hwasan_tag_mismatch"];

/** The parts of a machine that guest code enters. */
type EntryMachine = Pick<ApiMachine, "mmu" | "oops" | "cpu" | "guestMemory" | "ram" | "kasan" | "timedOut" | "unwind">;

/** The entry points that a machine gives guest code. */
export function guestEntries(machine: EntryMachine): GuestEntries {
  const { mmu, oops, cpu, guestMemory, ram, kasan } = machine;
  const { hardware, pointers } = kasan.mode;
  const { bounce } = cpu.layout;

  /** Handles an access that spans two pages: both must permit it before any byte moves. */
  const crossing = (vpn: number, offset: number, kind: number): number => {
    const bytes = kind & 0xff;
    if (kind & ACCESS_ATOMIC) oops.exception("alignment");
    const write = (kind & ACCESS_WRITE) !== 0;
    const access = write ? Access.WRITE : Access.READ;
    const first = mmu.translate(vpn, access, TlbKind.DATA, offset);
    if (first < 0) oops.pageFault(mmu.fault);
    const second = mmu.translate(vpn + 1, access, TlbKind.DATA, 0);
    if (second < 0) oops.pageFault(mmu.fault);
    const rest = offset + bytes - 4096;
    hardware.check(vpn, offset, first + offset, bytes - rest, write);
    hardware.check(vpn + 1, 0, second, rest, write);
    if (write) return CROSSES_PAGES;
    for (let i = 0; i < bytes; i++) {
      const at = offset + i < 4096 ? first + offset + i : second + offset + i - 4096;
      ram.u8[bounce + i] = ram.u8[at];
    }
    return bounce;
  };

  return {
    miss(low, high, kind) {
      const vpn = vpnFromHalves(low, high);
      const offset = low & 0xfff;
      const bytes = kind & 0xff;
      if (offset + bytes > 4096) return crossing(vpn, offset, kind);
      if (kind & ACCESS_ATOMIC && offset % bytes !== 0) oops.exception("alignment");
      const access = kind & ACCESS_WRITE ? Access.WRITE : Access.READ;
      const shadow = (kind & ACCESS_SHADOW) !== 0;
      const page = shadow
        ? kasan.mode.translateShadow(vpn, access, offset)
        : mmu.translate(vpn, access, TlbKind.DATA, offset);
      if (page < 0) oops.pageFault(mmu.fault);
      hardware.check(vpn, offset, page + offset, bytes, (kind & ACCESS_WRITE) !== 0);
      return page + offset;
    },
    commit(low, high, bytes) {
      // The tags have already been compared.
      guestMemory.write(pointers.address(join(low, high)), ram.u8.slice(bounce, bounce + bytes));
    },
    check(low, high, kind) {
      kasan.check(low, high, kind & 0xff, (kind & ACCESS_WRITE) !== 0, kind & ACCESS_INLINE ? MISMATCH_PATH : []);
    },
    attention() {
      const pending = cpu.takeInterrupts();
      if (pending & Interrupt.HALT) machine.unwind();
      if (pending & Interrupt.TIMEOUT) machine.timedOut();
      if (cpu.callStackTop >= cpu.callStackEnd) oops.stackOverflow(cpu.stackLow - 8n);
    },
    badCall: (low, high) => oops.badCall(join(low, high)),
    stackOverflow: () => oops.stackOverflow(),
    copy(toLow, toHigh, fromLow, fromHigh, countLow, countHigh) {
      guestMemory.copy(toLow, toHigh, fromLow, fromHigh, sizeOf(countLow, countHigh));
    },
    fill(toLow, toHigh, value, countLow, countHigh) {
      guestMemory.fill(toLow, toHigh, value, sizeOf(countLow, countHigh));
    },
  };
}
