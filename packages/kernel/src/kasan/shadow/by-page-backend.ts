import { PageFlags } from "@kasan/mmu";
import { type PageShadowBackend, SHOWS_BLACK, SHOWS_ZERO } from "@kasan/shadow";
import type { Lock } from "@kasan/vmalloc";
import type { KernelPages } from "../../mm/kernel-pages.ts";

/** Frames of the shared pages that groups without shadow of their own are mapped to. */
export interface SharedPages {
  /** The page filled with poison. */
  readonly black: number;
  /** The page of zeros. */
  readonly zero: number;
}

/** What the direct map's shadow needs from a machine, besides {@link PageShadowBackend}'s own functions. */
export interface PageShadowParts
  extends Pick<PageShadowBackend, "perShadow" | "mark" | "setMark" | "allocateShadow" | "freeShadow" | "fill"> {
  /** The page tables. All levels exist for the shadow of all of RAM. */
  readonly kernelPages: KernelPages;
  /** Serializes changes of the groups. */
  readonly lock: Lock;
  /** Page number of the first group's shadow. */
  readonly shadowVpn: number;
  /** Whether entries change as on x86, whatever the processor, to demonstrate the consequences. False by default. */
  readonly inPlace?: boolean;
  /** The shared pages. */
  readonly shared: SharedPages;
  /** Flushes a page from this CPU's TLBs. */
  flushLocal(vpn: number): void;
  /** Flushes a page from every CPU's TLBs. */
  shootDown(vpn: number): void;
}

/**
 * The backend through which a scheme uses a machine.
 *
 * On x86 an entry may be changed to another page directly. A TLB may use either page until it is flushed, and one CPU can be
 * flushed alone (Intel SDM volume 3, 4.10.4); the series does so. arm64 requires an invalid entry in between and a flush broadcast
 * to all CPUs (break-before-make, Arm ARM D8.17). A check in that window faults on its shadow and retries
 * ({@link translatePatiently}).
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

/** How often a check retries a shadow page. Each retry means that another CPU has changed the same group's mapping. */
const PATIENCE = 8;

/**
 * Translates a page of the direct map's shadow for a check. With break-before-make, a group's entry is briefly invalid, until the
 * CPU that changes it releases the lock. A check that faults waits for the lock and retries (as is_spurious_el1_translation_fault
 * of arch/arm64/mm/fault.c causes the access to be retried).
 *
 * @param translate - returns the page's location, or -1 for a fault because nothing is mapped
 * @returns the last result of `translate`
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
