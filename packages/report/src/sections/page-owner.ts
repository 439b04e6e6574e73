import { isPageUse } from "../facts/frees.ts";
import { isInInterrupt, pageUserOf } from "../facts/stacks.ts";
import type { StackFrame } from "../frame.ts";
import { functionName } from "../words.ts";
import type { ObjectFields } from "./object.ts";
import type { Section } from "./section.ts";
import type { TitleFields } from "./title.ts";
import { mapTrack, type Track } from "./tracks.ts";

/** The last allocation and the last free of a page (`CONFIG_PAGE_OWNER`). */
export interface PageOwner {
  /** Whether the page is allocated now. */
  readonly allocatedNow?: boolean;
  /** The last allocation. */
  readonly allocated?: Track;
  /** The last free. */
  readonly freed?: Track;
}

/** The owner of the page around the address. */
export interface PageOwnerFields {
  /** The last allocation and the last free of the page. */
  readonly pageOwner?: PageOwner;
}

/** The owner, and what explaining it takes. */
type PageOwnerReport = PageOwnerFields & ObjectFields & TitleFields;

const STATE = /^page_owner tracks the page as (allocated|freed)/;

/** The page's owner (`__dump_page_owner` in `mm/page_owner.c`). Its JSON is a part of the page's. */
export const pageOwner: Section<PageOwnerReport> = {
  name: "page owner",

  read(reading) {
    const { draft, frames } = reading;
    const pidOf = (text: string) => Number(/\bpid (\d+)/.exec(text)?.[1] ?? 0);
    return {
      lines: {
        p(text) {
          if (reading.inMemory || !text.startsWith("page")) return undefined;
          const state = STATE.exec(text)?.[1];
          if (state !== undefined) {
            draft.pageOwner = { ...draft.pageOwner, allocatedNow: state === "allocated" };
            return "page";
          }
          const stack: StackFrame[] = [];
          if (text.startsWith("page last allocated via")) {
            const nanoseconds = /\bts (\d+)/.exec(text)?.[1];
            const timestamp = Math.floor(Number(nanoseconds) / 1000);
            const allocated = { pid: pidOf(text), ...(nanoseconds !== undefined && { timestamp }), stack };
            draft.pageOwner = { ...draft.pageOwner, allocated };
            frames.into(stack);
            return "page";
          }
          if (text.startsWith("page last free")) {
            draft.pageOwner = { ...draft.pageOwner, freed: { pid: pidOf(text), stack } };
            frames.into(stack);
            return "page";
          }
          return text.startsWith("page_owner ") ? "page" : undefined;
        },
      },
    };
  },

  story(report) {
    const { allocated, freed } = report.pageOwner ?? {};
    if (!isPageUse(report)) return [];
    return [
      ...(allocated
        ? [{ stage: "allocated", text: `The page was last allocated ${byWhom(allocated)}.` } as const]
        : []),
      ...(freed ? [{ stage: "freed", text: `The page was last freed ${byWhom(freed)}.` } as const] : []),
    ];
  },

  stacks(report) {
    const { allocated, freed } = report.pageOwner ?? {};
    const isPage = isPageUse(report);
    return [
      { of: isPage ? "allocation" : "other", title: "The page's last allocation", frames: allocated?.stack ?? [] },
      { of: isPage ? "free" : "other", title: "The page's last free", frames: freed?.stack ?? [] },
    ];
  },

  mapFrames({ pageOwner: owner }, map) {
    if (owner === undefined) return {};
    const { allocated, freed } = owner;
    return {
      pageOwner: {
        ...owner,
        ...(allocated && { allocated: mapTrack(allocated, map) }),
        ...(freed && { freed: mapTrack(freed, map) }),
      },
    };
  },
};

function byWhom({ pid, stack }: Track): string {
  const who = pageUserOf(stack);
  // Kernels before 6.9 do not say which task freed it.
  const task = pid === 0 ? "" : isInInterrupt(stack) ? `in an interrupt while task ${pid} ran` : `by task ${pid}`;
  return (
    [task, who ? `in ${functionName(who)}` : ""].filter((part) => part !== "").join(", ") ||
    "by nobody that the log names"
  );
}
