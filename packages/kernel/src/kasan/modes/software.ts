import type { AccessResult } from "@kasan/shadow";
import { hasShadow } from "@kasan/shadow";
import type { MakeScheme, ShadowScheme } from "@kasan/vmalloc";
import type { Pointers } from "../../mm/pointers.ts";
import type { ObjectHooks } from "../../mm/slab/hooks.ts";
import type { Mechanism } from "../generic/mechanisms.ts";
import { KernelShadow } from "../shadow/kernel-shadow.ts";
import type { ModeMachine } from "./machine.ts";
import type { KasanPageHooks, ModeReport, ModeSetup, ModeStatistics, RunningMode, SavePaths } from "./mode.ts";
import { NO_HARDWARE_TAGS } from "./no-hardware.ts";

/** Common base of the two modes that check shadow memory in software. */
export abstract class SoftwareMode implements RunningMode {
  readonly enabled = true;
  readonly hasShadow = true;
  abstract readonly mechanisms: ReadonlySet<Mechanism>;
  abstract readonly pointers: Pointers;
  abstract readonly style: "style" | "tagsStyle";
  abstract readonly saves: SavePaths;
  abstract readonly pages: KasanPageHooks;
  abstract readonly objects: ObjectHooks;
  abstract readonly report: ModeReport;
  readonly hardware = NO_HARDWARE_TAGS;
  readonly areaGfp = 0;
  /** The shadow. */
  protected readonly shadow: KernelShadow;
  /** The machine. */
  protected readonly machine: ModeMachine;
  private slowChecks = 0;

  /**
   * @param table - maps generic mode's values to the values actually written
   * @param initial - value of shadow that is not backed by a page of its own
   */
  constructor(machine: ModeMachine, setup: ModeSetup, table: Uint8Array, initial: number) {
    const { boot, bootPage, layout, shadowParts: parts, directShadow: direct, free, byPage } = setup;
    this.machine = machine;
    this.shadow = new KernelShadow(machine, setup.pageSize, {
      ...{ boot, bootPage, layout, parts, direct, free, byPage },
      ...{ table, initial },
    });
  }

  layOutShadow(): void {
    this.shadow.layOut();
  }

  announce(): void {}

  vmallocShadow(make: MakeScheme, start: bigint, end: bigint): ShadowScheme {
    return this.shadow.schemeFor(make, start, end);
  }

  shadowPage(vpn: number): number {
    return this.shadow.pageOver(vpn);
  }

  translateShadow(vpn: number, access: number, offset: number): number {
    return this.shadow.translate(vpn, access, offset);
  }

  hasMetadata(address: bigint): boolean {
    return hasShadow(this.shadow.layout, address);
  }

  byteAt(address: bigint): number {
    return this.shadow.byteAt(this.pointers.address(address));
  }

  fill(address: bigint, size: number, value: number): void {
    this.shadow.fill(this.pointers.address(address), size, value);
  }

  abstract set(address: bigint, size: number, value: number): void;

  fillShadow(shadowAddress: bigint, count: number, value: number): void {
    this.shadow.fillShadow(shadowAddress, count, value);
  }

  abstract unpoison(address: bigint, size: number): void;
  abstract unpoisonArea(vpn: number, bytes: number, own: boolean): number;
  abstract pointerTo(address: bigint): bigint;
  abstract randomTag(): number;

  check(low: number, high: number, size: number): AccessResult {
    this.slowChecks++;
    return this.look(low, high, size);
  }

  /** Checks an access against the shadow. */
  protected abstract look(low: number, high: number, size: number): AccessResult;

  isGoodAfterAll(_low: number, _high: number, _size: number): boolean {
    return false;
  }

  abstract isByteAccessible(pointer: bigint): boolean;

  statistics(): ModeStatistics {
    const { directBytes: directShadow, byPage } = this.shadow;
    return { directShadow, pageShadow: byPage?.statistics(), tagStorage: 0, slowChecks: this.slowChecks };
  }
}
