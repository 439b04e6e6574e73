import { modeNamed, type Plan, type PlanOptions } from "@kasan/kernel";
import { bytes } from "./units.ts";

/** A plan and what was planned. */
export interface Planned {
  readonly arch: string;
  readonly levels: number;
  readonly options: PlanOptions;
  /** The name of vmalloc space's shadow scheme, and whether it gives areas shadow of their own. */
  readonly scheme: string;
  readonly real: boolean;
  /** Whether to say what tables would take if unused shadow did not share them. */
  readonly unshared: boolean;
  readonly plan: Plan;
}

/** One line that says what was planned. */
export function heading({ options, plan, scheme }: Planned): string {
  const { architecture, memoryBytes, mode, cpus = 1 } = options;
  const kasan = modeNamed(mode).title;
  const shadow = [
    ...(plan.pageShadow ? [`shadow of RAM: ${plan.pageShadow.scheme}`] : []),
    ...(plan.areas.length > 0 ? [`vmalloc shadow: ${scheme}`] : []),
  ];
  return [
    architecture.name,
    `${bytes(memoryBytes)} of RAM`,
    kasan,
    ...shadow,
    `${cpus} CPU${cpus === 1 ? "" : "s"}`,
  ].join(", ");
}

/** Describes what backs a stretch of shadow. */
export function backingWords(backing: string, { scheme, real, plan }: Planned): string {
  switch (backing) {
    case "early":
      return "one read-only page of zeros, again and again";
    case "direct":
      return plan.pageShadow
        ? `by scheme ${plan.pageShadow.scheme}: kernel memory page by page, a shared page for all else`
        : `${bytes(plan.boot.map.directShadowBytes)} of RAM set aside at boot`;
    case "image":
      return "pages of its own, when the image is placed";
    case "modules":
      return `by scheme ${real ? scheme : "lazy"}, with each module`;
    default:
      return real ? `by scheme ${scheme}, with each area` : "one read-only page of zeros: nothing is detected";
  }
}
