import { pageSchemeContract } from "@kasan/shadow/contract";
import { describe, test } from "vitest";
import { PerPageKeepShadow } from "./per-page-keep.js";

pageSchemeContract({ describe, test }, "per-page-keep", (backend) => new PerPageKeepShadow(backend), [
  { reason: "shadow that came stays", tests: ["shadow goes with the last page of kernel memory"] },
]);
