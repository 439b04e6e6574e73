import { BLACK, type MakePageScheme, type PageShadowBackend, type PageShadowScheme, SHOWS_ZERO } from "../index.ts";

/** Pages of memory that a page of shadow covers. */
export const GROUP = 8;

/**
 * Memory whose shadow is a byte for each page, and CPUs whose TLBs keep what a group once showed until something flushes it. It
 * fails if shadow is freed that a TLB leads to.
 */
export class PagedToy {
  readonly scheme: PageShadowScheme;
  /** Frames that are shadow, with what each says of its group's pages. */
  readonly frames = new Map<number, number[]>();
  /** By CPU: what its TLB says that groups show. */
  readonly tlbs: Map<number, number>[];
  /** Pages of shadow there can be. */
  room = Number.POSITIVE_INFINITY;
  /** The CPU that now runs. */
  cpu = 0;
  private readonly marks: Uint8Array;
  private readonly shown: number[];
  private nextFrame = 1000;
  private held = 0;

  constructor(make: MakePageScheme, pages: number, cpus = 1) {
    this.marks = new Uint8Array(pages).fill(0xfe);
    this.tlbs = Array.from({ length: cpus }, () => new Map());
    this.shown = [];
    const backend = this.backend();
    this.scheme = make(backend);
    for (let group = 0; group < pages / GROUP; group++) this.shown.push(this.scheme.boot(group));
  }

  private backend(): PageShadowBackend {
    return {
      perShadow: GROUP,
      lock: {
        acquire: () => {
          this.held++;
        },
        release: () => {
          if (--this.held < 0) throw new Error("a lock is given back that nobody holds");
        },
      },
      mark: (pfn) => this.marks[pfn]!,
      setMark: (pfn, mark) => {
        this.marks[pfn] = mark;
      },
      shown: (group) => this.shown[group]!,
      show: (group, frame, everywhere) => {
        if (this.held === 0) throw new Error(`what group ${group} shows changes outside the lock`);
        this.shown[group] = frame;
        for (const [cpu, tlb] of this.tlbs.entries()) if (everywhere || cpu === this.cpu) tlb.delete(group);
      },
      allocateShadow: () => {
        if (this.held > 0) throw new Error("a page is allocated, which may sleep, under the lock");
        if (this.frames.size >= this.room) return -1;
        this.frames.set(this.nextFrame, []);
        return this.nextFrame++;
      },
      freeShadow: (frame) => {
        if (!this.frames.delete(frame)) throw new Error(`frame ${frame} is no shadow`);
        if (this.shown.includes(frame)) throw new Error(`frame ${frame} is freed and shown`);
        if (this.tlbs.some((tlb) => [...tlb.values()].includes(frame)))
          throw new Error(`frame ${frame} is freed, and a TLB leads to it`);
      },
      fill: (frame, from, to, value) => {
        for (let page = from; page < to; page++) this.frames.get(frame)![page] = value;
      },
      flushLocal: (group) => this.tlbs[this.cpu]!.delete(group),
    };
  }

  /** Whether a lock is held. */
  get locked(): boolean {
    return this.held > 0;
  }

  private look(pfn: number): boolean {
    const group = Math.floor(pfn / GROUP);
    const tlb = this.tlbs[this.cpu]!;
    const frame = tlb.get(group) ?? this.shown[group]!;
    tlb.set(group, frame);
    const byte = frame >= 0 ? this.frames.get(frame)![pfn % GROUP]! : frame === SHOWS_ZERO ? 0 : BLACK;
    return byte === 0;
  }

  /** Whether an access of a CPU to a page is judged good. */
  judges(cpu: number, pfn: number): boolean {
    this.cpu = cpu;
    return this.look(pfn) || this.scheme.secondLook(pfn, pfn) === "good" || this.look(pfn);
  }
}
