import { elf } from "./elf.ts";
import type { ImageFormat } from "./format.ts";
import { kdump } from "./kdump/kdump.ts";
import { avml, lime } from "./lime.ts";
import { libvirtSave, migration } from "./qemu/migration.ts";
import { vmware } from "./vmware.ts";

/** The formats that are known, by the order in which they are tried. What none recognises is raw memory. */
export const formats: readonly ImageFormat[] = [elf, kdump, lime, avml, migration, libvirtSave, vmware];
