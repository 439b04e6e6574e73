import { x86_64 } from "@kasan/arch-x86";

/** What threads of a machine under test make again. */
export const plugins = ({ levels }) => ({ architecture: x86_64({ levels }) });
