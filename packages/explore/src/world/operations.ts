import { PAGE_SIZE } from "@kasan/shadow";
import { ExploreError } from "../error.ts";
import { NoteKind, Purpose, StepKind } from "../steps/step.ts";
import type { KernelView } from "./kernel-view.ts";
import { PAGE_OPERATIONS } from "./page-operations.ts";

/** Operations of a CPU, as shown by `kasan check --help`. */
export const OPERATIONS: Readonly<Record<string, string>> = {
  allocate: "allocate A PAGES   vmalloc() of an area, which gets the name A",
  free: "free A             vfree() of it",
  purge: "purge              the lazy purge",
  use: "use A              a good access to its first byte, if it is there",
  overrun: "overrun A          a bad access, to its guard page, if it is there",
  stale: "stale A            a use-after-free of its first byte, if it was freed",
  stray: "stray PAGE         an access to a page of the region, bad if no area has it",
  bystand: "bystand PAGE       a good access to a page outside all areas, which relies on unused shadow",
  reuse: "reuse              somebody else allocates a page, writes to it and frees it",
  ...PAGE_OPERATIONS,
};

/** Runs one operation, which makes steps. */
export function runOperation(view: KernelView, text: string): void {
  const [name, first = "", second = "1"] = text.trim().split(/\s+/);
  const run = new OperationRunner(view);
  if (name === "allocate") run.allocate(first, Number(second));
  else if (name === "free") run.free(first);
  else if (name === "purge") view.vmalloc.purge();
  else if (name === "use") run.access(first, Purpose.USE, 0);
  else if (name === "overrun") run.access(first, Purpose.OVERRUN, 0);
  else if (name === "stale") run.access(first, Purpose.STALE, 0);
  else if (name === "stray") run.access("", Purpose.STRAY, Number(first));
  else if (name === "reuse") view.reuse();
  else if (name === "bystand") run.access("", Purpose.BYSTAND, Number(first));
  else throw new ExploreError("SCENARIO", `no operation ${text}; there are ${Object.keys(OPERATIONS).join(", ")}`);
}

class OperationRunner {
  private readonly view: KernelView;

  constructor(view: KernelView) {
    this.view = view;
  }

  private handle(name: string): number {
    const handle = this.view.world.scenario.handles.indexOf(name);
    if (handle < 0) throw new ExploreError("SCENARIO", `no area is called ${name}`);
    return handle;
  }

  allocate(name: string, pages: number): void {
    const { world, vmalloc } = this.view;
    const handle = this.handle(name);
    const vpn = vmalloc.allocate({ size: pages * PAGE_SIZE, gfp: 0, caller: 0 });
    if (vpn < 0) return;
    world.recorder.step(StepKind.NOTE, NoteKind.LIVE, (handle << 8) | pages, vpn - world.baseVpn);
  }

  free(name: string): void {
    const { world, vmalloc } = this.view;
    const area = world.recorder.step(StepKind.START, this.handle(name), Purpose.FREE, 0);
    if (area === 0) return;
    const first = (area & 255) - 1;
    vmalloc.free(world.baseVpn + first);
    world.recorder.step(StepKind.NOTE, NoteKind.DEAD, (area >>> 8) - 1, first);
  }

  access(name: string, purpose: number, page: number): void {
    const { world } = this.view;
    const handle = purpose === Purpose.STRAY || purpose === Purpose.BYSTAND ? 0 : this.handle(name);
    const target = world.recorder.step(StepKind.START, handle, purpose, page);
    if (target === 0) return;
    const verdict = this.view.check(target - 1);
    world.recorder.step(StepKind.NOTE, NoteKind.VERDICT, verdict, 0);
  }
}
