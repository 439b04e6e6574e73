import type { Arena } from "@kasan/mmu";
import { KASAN_PAGE_FREE, KASAN_PAGE_REDZONE, KASAN_TAG_KERNEL } from "@kasan/shadow";
import type { Machine } from "../../boot/machine.ts";
import type { Mechanism } from "../../kasan/generic/mechanisms.ts";
import { Quarantine, quarantineStateBytes } from "../../kasan/generic/quarantine.ts";
import { KasanSlab, type ObjectHooks, type SaveTrack } from "../../kasan/generic/slab-hooks.ts";
import type { DirectShadow } from "../../kasan/shadow/direct-map.ts";
import { TagSlab } from "../../kasan/tags/slab-hooks.ts";
import { STACK_RING_BYTES, StackRing } from "../../kasan/tags/stack-ring.ts";
import type { TagSource } from "../../kasan/tags/tags.ts";
import { writeTrack } from "../../kasan/track.ts";
import type { BootRecord } from "../../smp/boot-record.ts";
import type { Counter } from "../../smp/counters.ts";
import type { SpinLock } from "../../smp/lock.ts";
import { Gfp } from "../gfp.ts";
import { type KmemCache, SlabFlag } from "./cache.ts";
import { bootObjects, kmallocMaxCacheSize, kmallocMaxSize, orderOf, roundUp } from "./sizes.ts";
import { SlabAllocator } from "./slub.ts";

/** Nanoseconds that the clock moves on at an allocation or free. */
const STEP = 1000;

/** Mechanisms that slab allocation asks about at each call. */
const SLAB_MECHANISMS = ["tracks", "quarantine", "rcu-delay", "aux-stacks", "mempool", "free-checks"] as const;
type SlabMechanism = (typeof SLAB_MECHANISMS)[number];

/** What freeing a pointer came to. */
export type FreeResult = "freed" | "double-free" | "invalid-free" | "not-allocated";

/**
 * Slab allocation as the kernel's API has it: the allocator, with KASAN's part in each call where there is KASAN.
 * Addresses are physical; 0 is NULL.
 */
export class SlabService {
  /** The allocator below. */
  readonly allocator: SlabAllocator;
  /** Undefined without KASAN. */
  readonly kasan: ObjectHooks | undefined;
  /** Undefined but in the tag-based modes. */
  readonly ring: StackRing | undefined;
  /** Undefined without KASAN. */
  readonly quarantine: Quarantine | undefined;
  private readonly machine: Machine;
  private readonly shadow: DirectShadow | undefined;
  private prefix: Uint32Array = new Uint32Array();
  private readonly auxPrefix: Uint32Array;
  private readonly lock: SpinLock;
  private readonly allocations: Counter;
  private readonly frees: Counter;
  private readonly granule: number;
  private readonly pageSize: number;
  private readonly maxCacheSize: number;
  private readonly with: { readonly [M in SlabMechanism]: boolean };
  /** Whether freed objects that RCU readers may use are poisoned when these are done: CONFIG_SLUB_RCU_DEBUG, which is off with hardware tags. */
  private readonly delays: boolean;
  private readonly save: SaveTrack = (at) => {
    if (!this.with.tracks) return;
    const { cpu, ram, clock } = this.machine;
    writeTrack(ram, at, cpu.pid, this.machine.stacks.save(cpu, this.prefix), cpu.id, clock.now);
  };

  /**
   * Boots the slab allocator.
   *
   * @param bootPage - gives a page of zeros for the first cache's descriptor: its physical address
   * @param stateOffset - buffer offset of {@link SLUB_STATE_BYTES} bytes
   * @param shadow - undefined without KASAN
   * @param arena - where the quarantine's state goes
   */
  constructor(
    machine: Machine,
    boot: BootRecord,
    bootPage: () => number,
    stateOffset: number,
    shadow: DirectShadow | undefined,
    arena: Arena,
  ) {
    const { ram, pages, buddy, cpus, counters } = machine;
    this.lock = machine.locks.slab;
    this.allocations = counters.counter("allocations");
    this.frees = counters.counter("frees");
    const { pageOffset } = machine.architecture.layout;
    this.machine = machine;
    this.pageSize = machine.pageSize;
    this.maxCacheSize = kmallocMaxCacheSize(this.pageSize);
    this.auxPrefix = machine.symbols.returnWords("kasan_save_stack", "__kasan_record_aux_stack", "kmem_cache_free");
    this.shadow = shadow;
    this.ring = shadow && machine.tags ? new StackRing(ram, arena.reserve(STACK_RING_BYTES, 8)) : undefined;
    this.granule = machine.shadow.granule;
    if (shadow)
      this.kasan = this.ring
        ? new TagSlab(shadow, machine.tags as TagSource, this.ring, machine.parameters.stacktrace)
        : new KasanSlab(ram, shadow);
    this.allocator = new SlabAllocator(ram, pages, buddy, this.kasan, {
      cpus,
      pageOffset,
      stateOffset,
      counters,
    });
    const without = new Set<Mechanism>(machine.options.without);
    const mechanisms = SLAB_MECHANISMS.map((mechanism) => [mechanism, !without.has(mechanism)]);
    this.with = Object.fromEntries(mechanisms) as { [M in SlabMechanism]: boolean };
    this.delays = machine.options.mode !== "hw_tags" && shadow !== undefined && this.with["rcu-delay"];
    const quarantined = shadow !== undefined && this.ring === undefined && this.with.quarantine;
    this.quarantine = !quarantined
      ? undefined
      : new Quarantine(ram, arena.reserve(quarantineStateBytes(cpus)), pageOffset, {
          cacheOfObject: (object) => {
            const slab = this.allocator.slabOf(object);
            if (slab < 0) return undefined;
            const cache = this.allocator.cacheOf(slab);
            return this.allocator.nearestObject(cache, slab, object) === object ? cache : undefined;
          },
          release: (cache, object) => this.release(cache, object),
          totalBytes: buddy.totalPages * machine.pageSize,
          cpus,
          cpu: machine.cpu.id,
        });
    // The kernel follows the link that it finds, and faults.
    this.allocator.corrupted = (_cache, _object, link) => machine.oops.badPointer(link, "___slab_alloc");
    this.allocator.boot(boot, bootPage);
    // From now on descriptors of caches are objects like others, with tracks: caches that are used after their end are found.
    const save = ["kasan_save_stack", "kasan_save_track"];
    const create = [...save, "__kasan_slab_alloc", "kmem_cache_alloc_noprof", "__kmem_cache_create_args"];
    const destroy = [...save, "kasan_save_free_info", "__kasan_slab_free", "kmem_cache_free", "kobject_put"];
    const createPrefix = machine.symbols.returnWords(...create);
    const destroyPrefix = machine.symbols.returnWords(...destroy);
    this.allocator.descriptors = {
      allocate: (cache) => this.allocate(cache, Gfp.KERNEL, createPrefix),
      release: (_cache, address) => void this.free(address, destroyPrefix, this.kasan?.tagOf(address)),
    };
  }

  /**
   * Allocates what a kernel itself holds by the time a guest runs: in every kmalloc cache at least one object, so that
   * the first of a guest's objects is not the first of its slab.
   */
  populate(): void {
    const save = ["kasan_save_stack", "kasan_save_track", "__kasan_kmalloc", "__kmalloc_noprof", "start_kernel"];
    const prefix = this.machine.symbols.returnWords(...save);
    for (const size of bootObjects(this.pageSize)) this.kmalloc(size, Gfp.KERNEL, prefix);
    this.machine.counters.set("allocations", 0);
  }

  /** Bytes in quarantine. */
  get quarantineBytes(): number {
    return this.quarantine?.bytes ?? 0;
  }

  private mayReduce(gfp: number): void {
    if (gfp & Gfp.DIRECT_RECLAIM) this.quarantine?.reduce();
  }

  /** kmem_cache_alloc. `prefix`: the kernel functions above the caller, for the saved stack. */
  allocate(cache: KmemCache, gfp: number, prefix: Uint32Array): number {
    this.lock.acquire();
    const object = this.takeObject(cache, gfp, prefix);
    this.lock.release();
    return object;
  }

  private takeObject(cache: KmemCache, gfp: number, prefix: Uint32Array): number {
    this.mayReduce(gfp);
    this.machine.clock.advance(STEP);
    const object = this.allocator.allocate(cache, gfp);
    if (object === 0) return 0;
    this.allocations.add(1);
    this.prefix = prefix;
    this.kasan?.allocated(cache, object, this.save);
    if (gfp & Gfp.ZERO) this.machine.ram.fill(0, object, object + cache.objectSize);
    return object;
  }

  /** kmalloc of 1 byte or more. @returns 0 if memory is short or the size too large */
  kmalloc(size: number, gfp: number, prefix: Uint32Array): number {
    if (size > this.maxCacheSize) return this.kmallocLarge(size, gfp);
    this.lock.acquire();
    const cache = this.allocator.kmallocCache(size);
    const object = this.takeObject(cache, gfp, prefix);
    if (object !== 0) this.kasan?.kmalloc(cache, object, size, this.save);
    this.lock.release();
    return object;
  }

  private kmallocLarge(size: number, gfp: number): number {
    if (size > kmallocMaxSize(this.pageSize)) return 0;
    this.lock.acquire();
    this.mayReduce(gfp);
    this.lock.release();
    this.machine.clock.advance(STEP);
    const order = orderOf(size, this.pageSize);
    const pfn = this.machine.buddy.allocate(order, (gfp | Gfp.COMP) & ~Gfp.MOVABLE);
    if (pfn < 0) return 0;
    this.allocations.add(1);
    this.largeRedzone(pfn * this.pageSize, size, this.pageSize << order);
    return pfn * this.pageSize;
  }

  private largeRedzone(start: number, size: number, bytes: number): void {
    if (!this.shadow) return;
    const end = roundUp(start + size, this.granule);
    if (!this.ring) this.shadow.poisonLast(start, size);
    this.shadow.poison(end, start + bytes - end, KASAN_PAGE_REDZONE);
  }

  /**
   * Frees what kmalloc or a cache gave. `prefix`: the kernel functions above the caller, for the saved stack. `tag`: of the
   * pointer, in the tag-based modes.
   */
  free(object: number, prefix: Uint32Array, tag: number = KASAN_TAG_KERNEL): FreeResult {
    this.machine.clock.advance(STEP);
    const slab = this.allocator.slabOf(object);
    if (slab < 0) return this.freeLarge(object, tag);
    const cache = this.allocator.cacheOf(slab);
    // The callback, which is C, waits outside the lock.
    const delayed = this.delays && cache.flags & SlabFlag.TYPESAFE_BY_RCU;
    if (delayed && this.check(cache, slab, object, tag) === "freed" && this.freeAfterGracePeriod(object, tag)) {
      this.frees.add(1);
      return "freed";
    }
    this.lock.acquire();
    const found = this.check(cache, slab, object, tag);
    if (found === "freed") {
      this.frees.add(1);
      this.prefix = prefix;
      this.putBack(cache, object, tag);
    }
    this.lock.release();
    return found;
  }

  /**
   * Objects of SLAB_TYPESAFE_BY_RCU caches may be read for a grace period after the free, and are poisoned then
   * (CONFIG_SLUB_RCU_DEBUG of mm/slub.c). @returns false if the guest's kernel has no RCU, or no memory for a callback
   */
  private freeAfterGracePeriod(object: number, tag: number): boolean {
    const { guest, cpu } = this.machine;
    if (!guest.named("kasan_guest_free_after_rcu", this.machine.tagged(object, tag))) return false;
    this.recordAuxiliary(object, this.machine.stacks.save(cpu, this.auxPrefix));
    return true;
  }

  /** Frees an object whose grace period is over. */
  freeDeferred(object: number, prefix: Uint32Array, tag: number): FreeResult {
    const slab = this.allocator.slabOf(object);
    if (slab < 0) return "invalid-free";
    this.lock.acquire();
    const cache = this.allocator.cacheOf(slab);
    const found = this.check(cache, slab, object, tag);
    this.prefix = prefix;
    if (found === "freed") this.poisonAndRelease(cache, object, tag);
    this.lock.release();
    return found;
  }

  /** Remembers a stack that may free an object later, in the object's metadata (kasan_record_aux_stack). */
  recordAuxiliary(address: number, handle: number): void {
    const slab = this.allocator.slabOf(address);
    if (slab < 0 || !this.with["aux-stacks"]) return;
    const cache = this.allocator.cacheOf(slab);
    this.kasan?.recordAuxiliary(cache, this.allocator.nearestObject(cache, slab, address), handle);
  }

  /** A mempool keeps an element: nobody may touch it (kasan_mempool_poison_object). */
  poisonElement(object: number, prefix: Uint32Array, tag: number): FreeResult {
    const { kasan, shadow } = this;
    if (!kasan || !shadow || !this.with.mempool) return "freed";
    const slab = this.allocator.slabOf(object);
    if (slab < 0) {
      const found = this.checkLarge(object, tag);
      if (found === "freed") shadow.poison(object, this.capacity(object), KASAN_PAGE_FREE);
      return found;
    }
    const cache = this.allocator.cacheOf(slab);
    const found = this.check(cache, slab, object, tag);
    this.prefix = prefix;
    if (found === "freed") kasan.freed(cache, object, this.save, tag);
    return found;
  }

  /** A mempool hands an element of `size` bytes out again (kasan_mempool_unpoison_object). */
  unpoisonElement(object: number, size: number, prefix: Uint32Array, tag: number): void {
    const { kasan, shadow } = this;
    if (!kasan || !shadow) return;
    const slab = this.allocator.slabOf(object);
    if (slab < 0) {
      kasan.unpoison(object, size, tag);
      this.largeRedzone(object, size, this.capacity(object));
      return;
    }
    const cache = this.allocator.cacheOf(slab);
    this.prefix = prefix;
    kasan.reallocated(cache, object, this.save, tag);
    if (cache.kmalloc !== 0) kasan.kmalloc(cache, object, size, this.save);
  }

  private check(cache: KmemCache, slab: number, object: number, tag: number): FreeResult {
    if (!this.kasan || !this.with["free-checks"]) return "freed";
    if (this.allocator.nearestObject(cache, slab, object) !== object) return "invalid-free";
    return this.kasan.isAccessible(object, tag) ? "freed" : "double-free";
  }

  private putBack(cache: KmemCache, object: number, tag: number): void {
    if (cache.flags & SlabFlag.TYPESAFE_BY_RCU) this.release(cache, object);
    else this.poisonAndRelease(cache, object, tag);
  }

  private poisonAndRelease(cache: KmemCache, object: number, tag: number): void {
    const { kasan, quarantine } = this;
    const keep = kasan?.freed(cache, object, this.save, tag);
    if (keep && quarantine) quarantine.put(cache, object, object + cache.freeMeta);
    else this.release(cache, object);
  }

  private release(cache: KmemCache, object: number): void {
    this.kasan?.toFreeList(cache, object);
    this.allocator.release(cache, object);
  }

  /** What KASAN says to freeing a large block (check_page_allocation). */
  private checkLarge(object: number, tag: number): FreeResult {
    if (!this.shadow || !this.with["free-checks"]) return "freed";
    const head = this.machine.pages.head(Math.floor(object / this.pageSize));
    if (object !== head * this.pageSize) return "invalid-free";
    return this.kasan?.isAccessible(object, tag) ? "freed" : "double-free";
  }

  private freeLarge(object: number, tag: number): FreeResult {
    const { pages, buddy } = this.machine;
    const pfn = Math.floor(object / this.pageSize);
    const head = pages.head(pfn);
    const found = this.checkLarge(object, tag);
    if (found !== "freed") return found;
    if (pages.references(head) <= 0 || pages.isReserved(head)) return "not-allocated";
    this.frees.add(1);
    buddy.free(head, pages.order(head));
    return "freed";
  }

  /** krealloc in place: the object's size becomes `size`, at most its capacity. */
  resize(object: number, size: number, prefix: Uint32Array): void {
    const slab = this.allocator.slabOf(object);
    this.prefix = prefix;
    this.kasan?.unpoison(object, size, this.kasan.tagOf(object));
    if (slab >= 0) this.kasan?.kmalloc(this.allocator.cacheOf(slab), object, size, this.save);
    else this.largeRedzone(object, size, this.capacity(object));
  }

  /** ksize: bytes that an object could hold. */
  capacity(object: number): number {
    const slab = this.allocator.slabOf(object);
    if (slab >= 0) return this.allocator.cacheOf(slab).objectSize;
    const { pages } = this.machine;
    return this.pageSize << pages.order(pages.head(Math.floor(object / this.pageSize)));
  }

  /** Before a cache is destroyed: its quarantined objects come back. @returns objects that are still in use */
  shrink(cache: KmemCache): number {
    this.lock.acquire();
    this.quarantine?.removeCache(cache);
    this.lock.release();
    return cache.live;
  }
}
