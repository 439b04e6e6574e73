import { type FSWatcher, watch } from "node:fs";
import { basename, dirname } from "node:path";
import { inputError } from "../logs/input-error.ts";

/** Editors write a file in several steps. Milliseconds. */
const SETTLED = 60;
/** What can make a difference to a program. */
const SOURCE = /\.(?:[chSi]|inc|o|wasm)$|^Makefile$|^Kbuild$/;

/** The folders of files, and those that are searched for headers. */
function foldersOf(files: readonly string[], includes: readonly string[]): Set<string> {
  // DIR/Makefile:foo.ko
  return new Set([...files.map((file) => dirname(file.replace(/:[^/]*$/, ""))), ...includes]);
}

/**
 * Resolves when a source in one of the folders has changed.
 *
 * @throws {@link InputError} if a folder cannot be watched
 */
export function changeOf(files: readonly string[], includes: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const watchers: FSWatcher[] = [];
    let timer: NodeJS.Timeout | undefined;
    const end = (settle: () => void) => {
      for (const watcher of watchers) watcher.close();
      settle();
    };
    for (const folder of foldersOf(files, includes)) {
      try {
        const watcher = watch(folder, (_event, name) => {
          if (name !== null && !SOURCE.test(basename(name))) return;
          clearTimeout(timer);
          timer = setTimeout(() => end(resolve), SETTLED);
        });
        watcher.on("error", (error) => end(() => reject(inputError(folder, error))));
        watchers.push(watcher);
      } catch (error) {
        end(() => reject(inputError(folder, error)));
      }
    }
  });
}
