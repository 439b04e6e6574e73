import { expose } from "comlink";
import type { Lab } from "../protocol.ts";
import { explain } from "./explain.ts";
import { Session } from "./session.ts";

// The worker's script is in a folder of the page's.
const session = new Session(new URL("../", self.location.href));

expose({
  run: (request, tell) => session.run(request, tell),
  compare: (request, packs, tell) => session.compare(request, packs, tell),
  inspect: async (address, moment) => session.inspect(address, moment),
  open: (file, arch) => session.open(file, arch),
  explain: async (log) => explain(log),
} satisfies Lab);
