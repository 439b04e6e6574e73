import type { Command, OptionValues } from "@commander-js/extra-typings";

/** The flags that a function declares, with the types that the command that it returns parses them to. */
export type FlagsOf<Declare extends (...args: never[]) => { opts(): OptionValues }> = ReturnType<
  ReturnType<Declare>["opts"]
>;

/** Adds options that several commands share. A group of them is a command without a name, which keeps the types of their values. */
export function addOptions<A extends unknown[], O extends OptionValues, G extends OptionValues>(
  command: Command<A, O>,
  group: Command<[], G>,
): Command<A, O & G> {
  for (const option of group.options) command.addOption(option);
  // addOption() tells the type of one option at a time, not of those of a list.
  return command as Command<A, O & G>;
}
