/// <reference types="vite/client" />
import { keepOffline, keepRest } from "./offline.ts";
import { Playground } from "./playground.ts";
import { sharedIn } from "./share.ts";
import { EXAMPLES } from "./shipped.ts";

await keepOffline();
const playground = new Playground();

/** Opens what the page's address holds. */
async function openLink(): Promise<void> {
  try {
    const shared = await sharedIn(location.hash);
    if (shared) playground.openShared(shared);
    else playground.openExample(EXAMPLES[0]!);
  } catch (error) {
    playground.refuse((error as Error).message);
  }
}

addEventListener("hashchange", () => void openLink());
await openLink();
void keepRest();
