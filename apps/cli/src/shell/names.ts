import {
  type FoundLife,
  findObject,
  frameOf,
  isKernelObject,
  type KernelObject,
  type MemoryImage,
  tasksOf,
} from "@kasan/image";
import { formatFrame, type StackFrame, type Track } from "@kasan/report";
import { truncateAddress } from "@kasan/shadow";
import { addressOf } from "../commands/address.ts";
import { InputError } from "../logs/input-error.ts";

/** What stands for an address in an expression: `0x…n`, a name, a pointer, or a value for where it is. */
type Place = bigint | number | string | KernelObject;

/** What expressions can ask of an image, by name. */
export function namesFor(image: MemoryImage): Readonly<Record<string, unknown>> {
  const { kernel } = image;
  const { memory } = kernel;
  const at = (place: Place) => placeOf(image, place);
  const type = (name: string) => {
    const found = image.type(String(name));
    const taking = {
      at: (place: Place) => found.at(at(place)),
      list: (head: Place, by: string) => Array.from(found.list(at(head), by)),
    };
    return Object.assign(Object.create(found), taking);
  };
  const task = (address: bigint) => image.type("struct task_struct").at(address);
  return {
    type,
    symbol: (name: string) => addressOf(image, String(name)),
    name: (place: Place) => formatFrame(frameOf(kernel, at(place))),
    task: (pid: number) => {
      // The type first: without it, nothing says where tasks are.
      image.type("struct task_struct");
      const found = tasksOf(kernel).find((one) => one.pid === Number(pid));
      if (!found) throw new InputError("INPUT_ADDRESS", `there is no task ${String(pid)}`);
      return task(found.address);
    },
    tasks: () => {
      image.type("struct task_struct");
      return tasksOf(kernel).map(({ address }) => task(address));
    },
    object: (place: Place) => lifeOf(findObject(kernel, at(place))),
    u8: (place: Place) => memory.u8(at(place)),
    u16: (place: Place) => memory.u16(at(place)),
    u32: (place: Place) => memory.u32(at(place)),
    u64: (place: Place) => memory.u64(at(place)),
    text: (place: Place) => memory.text(at(place)),
  };
}

function placeOf(image: MemoryImage, place: Place): bigint {
  if (typeof place === "bigint") return truncateAddress(place);
  if (typeof place === "string") return addressOf(image, place);
  if (isKernelObject(place)) return place.$value ?? place.$address;
  if (Number.isSafeInteger(place) && place >= 0) return BigInt(place);
  throw new InputError(
    "INPUT_ADDRESS",
    `${String(place)} is no address; write it with an n behind, like 0xffff888000000000n`,
  );
}

/** An object's life for people: stacks as lines. */
function lifeOf(found: FoundLife | undefined): object | undefined {
  if (!found) return undefined;
  const { allocated, freed, work, ...rest } = found;
  return {
    ...rest,
    ...(allocated && { allocated: trackOf(allocated) }),
    ...(freed && { freed: trackOf(freed) }),
    ...(work.length > 0 && { work: work.map(linesOf) }),
  };
}

const trackOf = ({ stack = [], ...rest }: Track): object => ({ ...rest, stack: linesOf(stack) });
const linesOf = (stack: readonly StackFrame[]): string[] => stack.map(formatFrame);
