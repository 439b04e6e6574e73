import { describe, test } from "vitest";
import { toy } from "../test/toy.ts";
import { architectureContract } from "./contract/index.ts";

architectureContract({ describe, test }, "the toy", toy);
architectureContract({ describe, test }, "the toy whose software sets accessed bits", () =>
  toy({ softwareAccessed: true }),
);
