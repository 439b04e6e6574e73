import { expect, test } from "vitest";
import { goesOn, joinBroken } from "./wrap.ts";

test.each([
  ["BUG: KASAN: slab-out-of-bounds in", "iov_iter_revert+0xd0/0x3e0"],
  ["BUG: KASAN: slab-use-after-free in", "               gizmo_event+0x900/0x9e0 [gizmo]"],
  ["Read of size 8 at addr ffff0000cfbc8ff8 by task", "               kworker/u81:2/2806"],
  ["BUG: KASAN: use-after-free in __lock_acquire+0x302a/0x3b50", "kernel/locking/lockdep.c:3753"],
  ["BUG: KASAN: use-after-free in atomic_read", "include/asm-generic/atomic.h:26 [inline]"],
  ["BUG: KASAN: use-after-free in refcount_read include/linux/refcount.h:43", "[inline]"],
  ["BUG: KASAN: invalid-free in f (mm/slub.c:3661", "mm/slub.c:3674)"],
  ["Read of size 8 at addr ffff0000cfbc8ff8 by task", "a.out/4241"],
  ["CPU: 3 UID: 0 PID: 352 Comm: kworker/u17:6 Not tainted", "6.17.0-rc5-dirty #15 PREEMPT(voluntary)"],
  ["Hardware name: Google Google Compute Engine/Google Compute Engine, BIOS", "Google 01/01/2011"],
  [" set_le_sync+0x86/0x810", "net/bluetooth/mgmt.c:2096"],
  ["  __raw_spin_lock_irqsave", "include/linux/spinlock_api_smp.h:110 [inline]"],
  [" io_issue_sqe (include/linux/audit.h:314 include/linux/audit.h:339", "io_uring/io_uring.c:1746)"],
  [" 256-byte region [ffff888000a59800,", "ffff888000a59900)"],
  [" ff11000170f75a00: 00 00 00 00 00 00 00 00 00 00 00 00 00", "00 00 00"],
  ["Oops: general protection fault, probably for non-canonical address", "0xdffffc0000000000: 0000 [#1] SMP KASAN"],
])("%j goes on with %j", (line, next) => {
  expect(goesOn(line, next)).toBe(true);
});

test.each([
  ["BUG: KASAN: slab-out-of-bounds in f+0x1/0x2", "Read of size 8 at addr ffff0000cfbc8ff8 by task a/1"],
  ["Read of size 8 at addr ffff0000cfbc8ff8 by task a.out/4241", "executing program"],
  [" f+0x1/0x2", " g+0x1/0x2"],
  [" f+0x1/0x2", "executing program"],
  ["Hardware name: QEMU Standard PC (i440FX + PIIX, 1996), BIOS 1.15.0-1 04/01/2014", "Call Trace:"],
  [
    "The buggy address belongs to the object at ffff888000a59800",
    " which belongs to the cache kmalloc-128 of size 128",
  ],
  ["Call Trace:", " f+0x1/0x2"],
  ["Call Trace:", "    f+0x1/0x2"],
  ["CPU: 3 PID: 352 Comm: a Not tainted", "    f+0x1/0x2"],
  ["", "f.c:1"],
])("%j does not go on with %j", (line, next) => {
  expect(goesOn(line, next)).toBe(false);
});

test("lines of a list are put together", () => {
  expect(joinBroken([" f+0x1/0x2", "mm/f.c:1", " g+0x1/0x2"])).toEqual([" f+0x1/0x2 mm/f.c:1", " g+0x1/0x2"]);
});
