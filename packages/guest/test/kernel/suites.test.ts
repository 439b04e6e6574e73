import { describeSuites } from "./suites.ts";

describeSuites(false);
