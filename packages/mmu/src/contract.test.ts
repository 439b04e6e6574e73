import { architectureContract } from "../test/architecture-contract.ts";
import { toy } from "../test/toy.ts";

architectureContract("the toy", toy);
architectureContract("the toy whose software sets accessed bits", () => toy({ softwareAccessed: true }));
