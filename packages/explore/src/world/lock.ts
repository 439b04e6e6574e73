import type { Lock } from "@kasan/vmalloc";
import { StepKind } from "../steps/step.ts";
import type { World } from "./world.ts";

/** The locks of an explored machine; their numbers are also those of their cells. */
export const LockNumber = {
  /** Areas of vmalloc space: a sleeping lock, like the kernel's vmap_purge_lock. */
  AREAS: 0,
  /** Page tables: a spinlock, init_mm.page_table_lock. */
  TABLES: 1,
  /** Which pages of the direct map have shadow of their own: a spinlock. */
  SHADOW: 2,
} as const;

/** Names of {@link LockNumber}. */
export const LOCK_NAMES: readonly string[] = ["areas", "tables", "shadow"];

/** A lock whose acquisition and release are steps. The data under the areas' lock are transferred with it. */
export class SteppedLock implements Lock {
  private readonly world: World;
  private readonly number: number;
  private depth = 0;

  constructor(world: World, number: number) {
    this.world = world;
    this.number = number;
  }

  acquire(): void {
    if (this.depth++ > 0) return;
    const { world, number } = this;
    const data = world.recorder.step(StepKind.ACQUIRE, number, 0, 0);
    if (number === LockNumber.AREAS) world.areas.load(data);
    else world.atomic++;
  }

  release(): void {
    if (--this.depth > 0) return;
    const { world, number } = this;
    const data = number === LockNumber.AREAS ? world.areas.store() : 0;
    world.recorder.step(StepKind.RELEASE, number, data, 0);
    if (number !== LockNumber.AREAS) world.atomic--;
  }
}
