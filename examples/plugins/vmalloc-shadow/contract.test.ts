import { shadowSchemeContract } from "@kasan/vmalloc/contract";
import { describe, test } from "vitest";
import { HolesShadow } from "./holes.js";

shadowSchemeContract({ describe, test }, "holes", (backend) => new HolesShadow(backend));
