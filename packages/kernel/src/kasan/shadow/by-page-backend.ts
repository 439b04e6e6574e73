import { PageFlags } from "@kasan/mmu";
import { type PageShadowBackend, SHOWS_BLACK, SHOWS_ZERO } from "@kasan/shadow";
import type { Lock } from "@kasan/vmalloc";
import type { KernelPages } from "../../mm/kernel-pages.ts";

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
 * What a scheme sees of a machine.
 *
 * x86 permits an entry to lead elsewhere at once; a TLB may show either page until it is flushed, and one CPU can be
 * flushed alone (Intel SDM volume 3, 4.10.4). So the series does it. arm64 wants an invalid entry between, and a flush that all CPUs hear
 * (break-before-make, Arm ARM D8.17); a check that comes meanwhile faults on its shadow, and tries again ({@link translatePatiently}).
 */
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
    space.pending.flushNew();
    return;
  }
  kernelPages.replace(vpn, pfn, flags);
  space.pending.ignore("flushed next: here, or everywhere");
  if (everywhere) shootDown(vpn);
  else flushLocal(vpn);
}

/** How often a check waits for a page of shadow. Each time another CPU must have changed what the same group shows. */
const PATIENCE = 8;

/**
 * Translates a page of the direct map's shadow for a check. Where the processor wants break-before-make, what a group shows is
 * nothing for a moment, until whoever changes it gives the lock back: a check that faults waits for that and tries again (as
 * is_spurious_el1_translation_fault of arch/arm64/mm/fault.c has the access tried again).
 *
 * @param translate - the page's place, or -1: a fault, because nothing is mapped
 * @returns what it returns in the end
 */
export function translatePatiently({ lock }: Pick<PageShadowBackend, "lock">, translate: () => number): number {
  let page = translate();
  for (let tries = 0; page < 0 && tries < PATIENCE; tries++) {
    lock.acquire();
    lock.release();
    page = translate();
  }
  return page;
}
