import type { FileIndex } from "../../file-index.ts";
import { PageIndex } from "./page-index.ts";
import type { Migration } from "./stream.ts";

/** What is not numbers: the blocks, and the numbers of the pieces of their indexes, which follow each other in the arrays. */
interface Note extends Omit<Migration, "blocks"> {
  readonly blocks: readonly { readonly name: string; readonly size: number; readonly pieces: readonly number[] }[];
}

/** What was read of a stream, to be kept. */
export function indexOfMigration({ machine, isCut, blocks }: Migration): FileIndex {
  const note: Note = {
    machine,
    isCut,
    blocks: blocks.map(({ name, size, pages }) => ({ name, size, pieces: [...pages.pieces.keys()] })),
  };
  return { note: JSON.stringify(note), arrays: blocks.flatMap(({ pages }) => [...pages.pieces.values()]) };
}

/** What was kept of a stream. */
export function migrationOfIndex({ note, arrays }: FileIndex): Migration {
  const { machine, isCut, blocks } = JSON.parse(note) as Note;
  let next = 0;
  return {
    machine,
    isCut,
    blocks: blocks.map(({ name, size, pieces }) => {
      const pages = new PageIndex(pieces.map((piece) => [piece, arrays[next++]!] as const));
      return { name, size, pages };
    }),
  };
}
