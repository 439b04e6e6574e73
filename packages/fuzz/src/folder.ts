/**
 * Corpora in folders: a file for each input.
 *
 * @packageDocumentation
 */
export { CorpusFolder, type FolderContent, inputName, type SavedInput, type SkippedFile } from "./corpus/folder.ts";
export { fileError, makeFolder } from "./corpus/host-files.ts";
export { FuzzError, type FuzzErrorCode } from "./error.ts";
