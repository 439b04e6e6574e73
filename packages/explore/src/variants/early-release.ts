import type { PurgedArea } from "@kasan/vmalloc";
import { LazyShadow, Vmalloc } from "@kasan/vmalloc";
import type { ExploredVariant } from "../registry.ts";

/**
 * The purge frees the addresses and releases the areas' lock before it releases their shadow. A new area then finds its shadow
 * mapped and relies on it, before the release removes it. The next neighbour maps a new page full of poison, so the check reports
 * the area's accesses as vmalloc-out-of-bounds.
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
