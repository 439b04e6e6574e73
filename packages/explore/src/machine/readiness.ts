import type { MemoryModel } from "@kasan/platform";
import { BarrierKind, NoteKind, StepKind } from "../steps/step.ts";
import type { StepTrees } from "../steps/tree.ts";
import type { Layout } from "./layout.ts";
import type { MachineParts } from "./machine.ts";
import type { StoreBuffers } from "./store-buffer.ts";

/** The conditions that steps wait for: a free lock, room in the store buffer, an empty store buffer, the other CPUs' answers. */
export class Readiness {
  private readonly trees: StepTrees;
  private readonly words: Int32Array;
  private readonly layout: Layout;
  private readonly buffers: StoreBuffers;
  private readonly model: MemoryModel;

  constructor({ trees, layout, paging }: MachineParts, words: Int32Array, buffers: StoreBuffers) {
    this.trees = trees;
    this.words = words;
    this.layout = layout;
    this.buffers = buffers;
    this.model = paging.model;
  }

  /** Whether the step can be taken now. */
  canRun(cpu: number, node: number): boolean {
    const { trees, words, layout, buffers, model } = this;
    if (trees.removed[node] === 1) return true;
    switch (trees.kind[node]) {
      case StepKind.WRITE:
      case StepKind.RELEASE:
        return !buffers.full(cpu);
      case StepKind.ACQUIRE:
        return words[layout.cells + trees.a[node]] === 0 && (!model.atomicsDrain || buffers.count(cpu) === 0);
      case StepKind.ADD:
      case StepKind.FREE:
        return buffers.count(cpu) === 0;
      case StepKind.SHOOT:
      // INVLPG is a serializing instruction.
      case StepKind.FLUSH_LOCAL:
        return model.broadcast || buffers.count(cpu) === 0;
      case StepKind.BARRIER:
        if (trees.a[node] === BarrierKind.ALL) return buffers.count(cpu) === 0;
        return trees.a[node] === BarrierKind.CONTEXT || buffers.count(cpu) === 0 || !buffers.full(cpu);
      case StepKind.WAIT:
        for (let other = 0; other < layout.size.cpus; other++) {
          if (words[other * layout.cpuWords + layout.asked + cpu] !== 0) return false;
        }
        return !model.broadcast || buffers.count(cpu) === 0;
      case StepKind.NOTE:
        // Other CPUs learn of an area, or of its end, only after all earlier stores.
        return trees.a[node] === NoteKind.OPEN || trees.a[node] === NoteKind.VERDICT || buffers.count(cpu) === 0;
      default:
        return true;
    }
  }

  /** Whether another CPU waits for an answer that this one gives when its buffer is empty. */
  owesAnswer(cpu: number): boolean {
    const { words, layout, model } = this;
    if (model.broadcast) return false;
    for (let sender = 0; sender < layout.size.cpus; sender++) {
      if (words[cpu * layout.cpuWords + layout.asked + sender] !== 0) return true;
    }
    return false;
  }

  /** Whether a step requires an empty buffer. */
  waitsForBuffer(node: number): boolean {
    const { trees, model } = this;
    if (trees.removed[node] === 1) return false;
    switch (trees.kind[node]) {
      case StepKind.SHOOT:
      case StepKind.FLUSH_LOCAL:
        return !model.broadcast;
      case StepKind.ACQUIRE:
        return model.atomicsDrain;
      case StepKind.ADD:
      case StepKind.FREE:
      case StepKind.WAIT:
      case StepKind.NOTE:
        return true;
      case StepKind.BARRIER:
        return trees.a[node] === BarrierKind.ALL;
      default:
        return false;
    }
  }
}
