/** Why something with a file failed, in words. What knows them is loaded for a failure only: every start would wait for it. */
export async function fileReason(error: unknown): Promise<string> {
  return (await import("@kasan/fuzz")).fileReason(error);
}
