import { describeSuites } from "./suites.ts";

describeSuites(true);
