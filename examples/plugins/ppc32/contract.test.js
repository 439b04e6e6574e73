// @ts-check
import { describe, test } from "node:test";
import { architectureContract } from "@kasan/mmu/contract";
import { ppc32Contract } from "./exceptions.js";
import { ppc32 } from "./ppc32.js";

architectureContract({ describe, test }, "32-bit PowerPC", () => ppc32(32), ppc32Contract);
