import type { PurgedArea } from "@kasan/vmalloc";
import { LazyShadow, Vmalloc } from "@kasan/vmalloc";
import type { ExploredVariant } from "../registry.ts";

/**
 * The purge gives the addresses back, and lets go of the areas' lock, before their shadow is released. An area that comes
 * meanwhile finds its shadow mapped and relies on it; then the release takes it away. A neighbour that comes next maps a
 * new page, all poison: the area's accesses are vmalloc-out-of-bounds, so says the check.
 */
class EarlyPurge extends Vmalloc {
  override purge(): void {
    const purged: Parameters<PurgedArea>[] = [];
    this.lock.acquire();
    this.areas.purge(
      (vpn, pages) => this.backend.flush(vpn, pages),
      (...area) => void purged.push(area),
    );
    this.lock.release();
    for (const area of purged) this.shadow?.release(...area);
  }
}

/** Issue (1): populate racing with release. */
export const populateReleaseRace: ExploredVariant = {
  name: "populate-release-race",
  about: "the purge gives addresses back before it releases their shadow",
  make: (backend) => new LazyShadow(backend),
  vmalloc: EarlyPurge,
  breaks: "false-report",
  setup: ["allocate z 1", "free z"],
  programs: [["purge"], ["allocate a 1", "use a"], ["allocate b 1"]],
};
