import { type AccessFields, accessSize, untaggedAddress } from "../sections/access.ts";
import type { FrameObject, StackLocationFields } from "../sections/stack-location.ts";
import type { TitleFields } from "../sections/title.ts";

/** A variable of the stack frame that the address is on. */
export interface FrameVariable extends FrameObject {
  /** Its first address. */
  readonly address: bigint;
  /** Whether the access begins in it. */
  readonly begins: boolean;
  /** Bytes by which an access that begins in it goes past its end; 0 if it does not. */
  readonly past: bigint;
}

/** The variables of the frame around the address, in the order of their addresses. */
export function frameVariables(report: StackLocationFields & AccessFields & TitleFields): FrameVariable[] {
  const { stack, access } = report;
  if (stack?.frame === undefined || access === undefined) return [];
  const { offset, objects } = stack.frame;
  const first = untaggedAddress(access) - BigInt(offset);
  const end = BigInt(offset) + (accessSize(report) ?? 1n);
  return objects.map((object) => {
    const begins = object.start <= offset && offset < object.end;
    const past = begins && end > BigInt(object.end) ? end - BigInt(object.end) : 0n;
    return { ...object, address: first + BigInt(object.start), begins, past };
  });
}

/** The variable before and the one behind the address, with the bytes in between, if it is in none. */
export function neighbours(
  variables: readonly FrameVariable[],
  address: bigint,
): { readonly before?: { name: string; gap: bigint }; readonly behind?: { name: string; gap: bigint } } {
  const endOf = ({ address: at, start, end }: FrameVariable) => at + BigInt(end - start);
  const left = variables.filter((one) => endOf(one) <= address).at(-1);
  const right = variables.find((one) => one.address > address);
  return {
    ...(left && { before: { name: left.name, gap: address - endOf(left) } }),
    ...(right && { behind: { name: right.name, gap: right.address - address } }),
  };
}
