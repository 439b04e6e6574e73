import type { ExploredVariant } from "../registry.ts";
import { populateReleaseRace } from "./early-release.ts";
import { flipInPlace, flipWindow } from "./flip-in-place.ts";
import { sleepInLazyMmu } from "./lazy-mmu.ts";
import { mappedFirst } from "./mapped-first.ts";
import {
  lateUnmap,
  localUnmap,
  localZero,
  noPshadowBlack,
  noRecheckFlush,
  perPageInPlace,
  shownFirst,
} from "./page-schemes.ts";
import { linuxRelease, unflushedMap, unflushedUnmap } from "./unflushed-map.ts";
import { unlockedCount } from "./unlocked-count.ts";

/** Schemes with one known bug each, to show that it is found. */
export const VARIANTS: readonly ExploredVariant[] = [
  populateReleaseRace,
  unflushedMap,
  unflushedUnmap,
  linuxRelease,
  mappedFirst,
  sleepInLazyMmu,
  flipInPlace,
  flipWindow,
  unlockedCount,
  noRecheckFlush,
  localUnmap,
  lateUnmap,
  localZero,
  perPageInPlace,
  noPshadowBlack,
  shownFirst,
];
