import { PageFlags } from "@kasan/mmu";
import {
  type MakePageScheme,
  type PageShadowBackend,
  type PageShadowScheme,
  SHOWS_BLACK,
  SHOWS_ZERO,
} from "@kasan/shadow";
import type { Lock } from "@kasan/vmalloc";
import type { KernelPages } from "../pages/kernel-pages.ts";

/** Frames of the pages that groups without shadow of their own show. */
export interface SharedPages {
  /** All bytes of it are poison. */
  readonly black: number;
  /** All are zero. */
  readonly zero: number;
}

/** What the shadow of the direct map needs of a machine, besides {@link PageShadowBackend}'s own functions. */
export interface PageShadowParts
  extends Pick<PageShadowBackend, "perShadow" | "mark" | "setMark" | "allocateShadow" | "freeShadow" | "fill"> {
  /** The page tables, which exist down to the last level under all of RAM's shadow. */
  readonly kernelPages: KernelPages;
  /** Keeps changes of the groups apart. */
  readonly lock: Lock;
  /** The page of the first group's shadow. */
  readonly shadowVpn: number;
  /** Whether entries change as on x86, whatever the processor: to see what comes of that. False by default. */
  readonly inPlace?: boolean;
  /** What groups share. */
  readonly shared: SharedPages;
  /** Flushes a page from this CPU's TLBs. */
  flushLocal(vpn: number): void;
  /** Flushes a page from every CPU's TLBs. */
  shootDown(vpn: number): void;
}

/**
 * Makes a scheme over the page tables of a machine.
 *
 * x86 permits an entry to lead elsewhere at once; a TLB may show either page until it is flushed, and one CPU can be
 * flushed alone (Intel SDM volume 3, 4.10.4). So the series does it. arm64 wants an invalid entry between, and a flush that all CPUs hear
 * (break-before-make, Arm ARM D8.17); a check that comes meanwhile faults on its shadow, and looks again ({@link waitForShadow}).
 */
export function pageSchemeOverTables(parts: PageShadowParts, make: MakePageScheme): PageShadowScheme {
  return make(pageBackend(parts));
}

/** What a scheme sees of a machine; for {@link pageSchemeOverTables}, and to look at the groups. */
export function pageBackend(parts: PageShadowParts): PageShadowBackend {
  const { kernelPages, shared, shadowVpn } = parts;
  const { black, zero } = shared;
  return {
    perShadow: parts.perShadow,
    lock: parts.lock,
    mark: parts.mark,
    setMark: parts.setMark,
    allocateShadow: parts.allocateShadow,
    freeShadow: parts.freeShadow,
    fill: parts.fill,
    shown: (group) => {
      const pfn = kernelPages.lookup(shadowVpn + group);
      if (pfn === black) return SHOWS_BLACK;
      return pfn === zero ? SHOWS_ZERO : pfn;
    },
    show: (group, frame, everywhere) => {
      const vpn = shadowVpn + group;
      const own = frame >= 0;
      const pfn = own ? frame : frame === SHOWS_ZERO ? zero : black;
      const flags = own ? PageFlags.KERNEL : PageFlags.KERNEL_RO;
      changeShown(parts, vpn, pfn, flags, everywhere);
    },
    flushLocal: (group) => parts.flushLocal(shadowVpn + group),
  };
}

function changeShown(
  { kernelPages, inPlace, shootDown, flushLocal }: PageShadowParts,
  vpn: number,
  pfn: number,
  flags: number,
  everywhere: boolean,
): void {
  const { space } = kernelPages;
  if (space.architecture.breakBeforeMake && !inPlace) {
    kernelPages.unmap(vpn);
    space.pending.ignore("flushed next, from every CPU");
    shootDown(vpn);
    kernelPages.map(vpn, pfn, flags);
    space.pending.ignore("the entry was invalid, and flushed");
    return;
  }
  kernelPages.replace(vpn, pfn, flags);
  space.pending.ignore("flushed next: here, or everywhere");
  if (everywhere) shootDown(vpn);
  else flushLocal(vpn);
}

/** For a check that faults on the shadow of the direct map: waits until nobody is changing it. */
export function waitForShadow({ lock }: Pick<PageShadowBackend, "lock">): void {
  lock.acquire();
  lock.release();
}
