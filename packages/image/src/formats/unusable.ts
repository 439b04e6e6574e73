import { beginsWith } from "./format.ts";

/** Files that are given in mistake or cannot be read: how they begin, and what to say. */
const FOREIGN: readonly (readonly [magic: string, why: string])[] = [
  ["DISKDUMP", "a dump of diskdump, which kernels before 2.6.13 wrote; nothing here reads it"],
  ["PAGEDU64", "a crash dump of Windows; this reads memory of Linux"],
  ["PAGEDUMP", "a crash dump of Windows; this reads memory of Linux"],
  ["LUKS\xba\xbe", "is encrypted (LUKS); open it with cryptsetup"],
  ["Salted__", "is encrypted (openssl enc); decrypt it first"],
  ["age-encryption.org/", "is encrypted (age); decrypt it first"],
  ["-----BEGIN PGP MESSAGE", "is encrypted (OpenPGP); decrypt it first"],
  ["QFI\xfb", "a disk image of QEMU (qcow2), not memory; dump the machine's memory with dump-guest-memory"],
  ["KDMV", "a disk image of VMware, not memory; give the .vmem or .vmss file"],
  ["PK\x03\x04", "a zip archive; give the image in it"],
  ["7z\xbc\xaf\x27\x1c", "a 7z archive; give the image in it"],
  ["BZh", "compressed with bzip2; decompress it first"],
];

/** What to say of a file that no format recognises, if one can tell from its beginning what it is. */
export function foreign(head: Uint8Array): string | undefined {
  if (beginsWith(head.subarray(257), "ustar")) return "a tar archive; give the image in it";
  return FOREIGN.find(([magic]) => beginsWith(head, magic))?.[1];
}
