import {
  ACCESS_BAD,
  ACCESS_OK,
  addressOf,
  bugType,
  checkAccess,
  checkTags,
  createFound,
  explainShadowFault,
  formatAddress,
  hasShadow,
  offsetOf,
  PAGE_SIZE,
  resetTag,
  type ShadowLayout,
  type ShadowPages,
  shadowByteAt,
  shadowOf,
  shadowView,
  tagOf,
  vpnOf,
} from "@kasan/shadow";
import type { KernelImage } from "../kernel/kernel-image.ts";

/** An access that is asked about. */
export interface AccessOptions {
  /** Bytes; 1 by default. */
  readonly size?: number;
  /** Whether it writes; it reads by default. */
  readonly write?: boolean;
}

/** KASAN's verdict on an access. */
export interface Verdict {
  /** `allowed`; `reported`; `fault`: the check itself would; `unchecked`: the kernel has no shadow, or the image does not have it. */
  readonly kind: "allowed" | "reported" | "fault" | "unchecked";
  /** The bug's name in the title of a report, if KASAN would report it. */
  readonly bug: string | undefined;
  /** The first address of the access that is bad, without a tag; absent if KASAN would not report it. */
  readonly firstBad?: bigint;
  /** A sentence. */
  readonly text: string;
}

/** The shadow of an image, as checks want it: one page at a time. */
class ImageShadow implements ShadowPages {
  readonly view = shadowView(new Uint8Array(PAGE_SIZE));
  private readonly image: KernelImage;

  constructor(image: KernelImage) {
    this.image = image;
  }

  indexOf(shadowVpn: number): number {
    const physical = this.image.translatePage(shadowVpn);
    if (physical < 0 || !this.image.memory.holds(physical)) return -1;
    this.image.memory.read(physical, this.view.bytes);
    return 0;
  }
}

/** KASAN's verdict on an access at `address`, a pointer with its tag. */
export function verdictOf(image: KernelImage, address: bigint, access: AccessOptions = {}): Verdict {
  const { size = 1, write = false } = access;
  const layout = image.shadow;
  if (layout === undefined) {
    const why = image.kasan === "hw_tags" ? "tags are in the hardware, not in the image" : "no shadow is mapped";
    return { kind: "unchecked", bug: undefined, text: `KASAN cannot say: ${why}` };
  }
  const tagged = image.kasan === "sw_tags";
  const untagged = tagged ? resetTag(address) : address;
  const what = `${write ? "write" : "read"} of size ${size}`;
  const pages = new ImageShadow(image);
  const found = createFound();
  const [vpn, offset] = [vpnOf(untagged), offsetOf(untagged)];
  const tag = tagOf(address);
  const result = tagged
    ? checkTags(layout, pages, tag, vpn, offset, size, found)
    : checkAccess(layout, pages, vpn, offset, size, found);
  if (result === ACCESS_OK) {
    const why = tagged && tag === 0xff ? "; a pointer of tag ff may access memory of any tag" : "";
    const mapped =
      image.translate(untagged) < 0 ? ", but the address is not mapped: the access itself would fault" : "";
    return { kind: "allowed", bug: undefined, text: `KASAN would allow a ${what}${why}${mapped}` };
  }
  if (result !== ACCESS_BAD) return faulting(image, layout, untagged);
  const next = shadowByteAt(layout, pages, ...following(found.vpn, found.offset, layout.granule));
  const bug = bugType({
    mode: tagged ? "sw_tags" : "generic",
    address: untagged,
    size: BigInt(size),
    shadow: found.shadow,
    nextShadow: next,
    taskSize: image.architecture.layout.taskSizeMax,
  });
  const tags = tagged
    ? `, pointer tag [${hex2(tag)}], memory tag [${found.shadow < 0 ? "??" : hex2(found.shadow)}]`
    : "";
  const firstBad = addressOf(found.vpn, found.offset);
  return { kind: "reported", bug, firstBad, text: `KASAN would report a ${what}: ${bug}${tags}` };
}

/** The verdict on an access whose shadow is not mapped. */
function faulting(image: KernelImage, layout: ShadowLayout, address: bigint): Verdict {
  const shadow = shadowOf(layout, address);
  const physical = image.translate(shadow);
  if (physical >= 0) {
    const why = image.memory.absence?.(physical) ?? "it is not in the image";
    return {
      kind: "unchecked",
      bug: undefined,
      text: `KASAN cannot say: of the shadow at ${formatAddress(shadow)}, ${why}`,
    };
  }
  const hint = explainShadowFault(layout, shadow, image.architecture.layout.taskSizeMax);
  const words = hasShadow(layout, address) && hint ? `, and the oops would say: KASAN: ${hint.type}` : "";
  return {
    kind: "fault",
    bug: undefined,
    text: `the check itself would fault: the shadow at ${formatAddress(shadow)} is not mapped${words}`,
  };
}

function following(vpn: number, offset: number, granule: number): [vpn: number, offset: number] {
  return offset + granule < PAGE_SIZE ? [vpn, offset + granule] : [vpn + 1, offset + granule - PAGE_SIZE];
}

const hex2 = (byte: number) => byte.toString(16).padStart(2, "0");
