import { KernelPages, type PageShadowParts, pageBackend, translatePatiently } from "@kasan/kernel";
import {
  ACCESS_BAD,
  ACCESS_OK,
  ACCESS_SHADOW_FAULT,
  type AccessResult,
  isByteAccessible,
  PAGE_SIZE,
  type PageShadowBackend,
  type PageShadowScheme,
} from "@kasan/shadow";
import { ExploreError } from "../error.ts";
import { AllocateFlag } from "../steps/step.ts";
import { LockNumber, SteppedLock } from "./lock.ts";
import { ofScheme } from "./scenario.ts";
import { SteppedKernel } from "./stepped-kernel.ts";
import type { World } from "./world.ts";

/** A scheme for the direct map's shadow and the checks under it, as seen by one CPU's operation. */
export class PageView extends SteppedKernel {
  readonly scheme: PageShadowScheme;
  private readonly backend: PageShadowBackend;
  private readonly perShadow: number;

  constructor(world: World) {
    super(world);
    const { scheme } = world.scenario;
    const { direct } = world;
    if (!scheme.pages || !direct)
      throw new ExploreError("SCENARIO", `${scheme.name} is not a scheme for the direct map`);
    this.perShadow = 1 << world.shadow.scaleShift;
    const bytes = PAGE_SIZE / this.perShadow;
    const parts: PageShadowParts = {
      kernelPages: new KernelPages(this.space),
      lock: new SteppedLock(world, LockNumber.SHADOW),
      shadowVpn: world.shadowVpn(world.baseVpn),
      perShadow: this.perShadow,
      shared: { black: direct.black / PAGE_SIZE, zero: direct.zero / PAGE_SIZE },
      inPlace: scheme.inPlace ?? false,
      mark: (pfn) => world.readMark(pfn),
      setMark: (pfn, mark) => world.writeMark(pfn, mark),
      allocateShadow: () => this.allocate(AllocateFlag.MAY_SLEEP),
      freeShadow: (frame) => this.free(frame),
      fill: (frame, from, to, value) => this.fill(frame, from * bytes, to * bytes, value),
      flushLocal: (vpn) => this.tlbs.flushRange(0, vpn, 1),
      shootDown: (vpn) => this.tlbs.shootDown(0, vpn, 1),
    };
    this.backend = pageBackend(parts);
    const { pages } = scheme;
    this.scheme = ofScheme(scheme, "cannot be made", () => pages(this.backend));
  }

  /**
   * Checks an access to the first byte of a page, or to a redzone in it: through the TLB, and again if the shadow is bad.
   *
   * @param redzone - whether it is to a redzone
   */
  check(page: number, redzone: boolean): AccessResult {
    const first = this.look(page, redzone);
    // A fault is not a verdict: compiled code has no shadow byte to test.
    if (first !== ACCESS_BAD) return first;
    if (this.scheme.secondLook(page, page) === "good") return ACCESS_OK;
    return this.look(page, redzone);
  }

  private look(page: number, redzone: boolean): AccessResult {
    const index = Math.floor(page / this.perShadow);
    const slot = translatePatiently(this.backend, () => this.translate(index));
    if (slot < 0) return ACCESS_SHADOW_FAULT;
    // Shadow of a page's own has poison for the redzones, from before the page was given out. Shared pages have one value throughout.
    if (redzone && this.world.frameOf(this.world.slots.physical[slot]) >= 0) return ACCESS_BAD;
    const byte = this.shadowByte(slot, (page % this.perShadow) * (PAGE_SIZE / this.perShadow));
    return isByteAccessible(byte) ? ACCESS_OK : ACCESS_BAD;
  }
}
