import type { LitmusEvent } from "./event.ts";
import type { LitmusResult, LitmusState } from "./run.ts";
import { valueText } from "./value.ts";

/** What herd7 calls a test that asks so. */
const KINDS = { exists: "Allowed", "~exists": "Forbidden", forall: "Required" } as const;

/**
 * What herd7 prints of a test: final states, witnesses, the condition and the observation.
 *
 * @returns lines, each with its end
 */
export function litmusText({ test, states, positive, negative, observation, ok }: LitmusResult): string {
  const { quantifier, text } = test.condition;
  return `${[
    `Test ${test.name} ${KINDS[quantifier]}`,
    `States ${states.length}`,
    ...states.map((state) => state.text),
    ok ? "Ok" : "No",
    "Witnesses",
    `Positive: ${positive} Negative: ${negative}`,
    `Condition ${text}`,
    `Observation ${test.name} ${observation} ${positive} ${negative}`,
  ].join("\n")}\n`;
}

/**
 * An execution that ends in a state: its effects, one a line, in an order that all CPUs could have agreed on.
 *
 * @returns lines, each with its end
 */
export function witnessText({ test }: LitmusResult, { order }: LitmusState): string {
  return order
    .map((event) => `  ${place(event).padEnd(4)} ${effectText(event).padEnd(44)} ${instruction(event)}`.trimEnd())
    .join("\n")
    .concat("\n");

  function instruction({ cpu, at, implicit }: LitmusEvent): string {
    const text = test.programs[cpu]?.code[at]?.text ?? "";
    return implicit && text !== "" ? `for ${text}` : text;
  }
}

const place = ({ cpu }: LitmusEvent): string => (cpu < 0 ? "HW" : `P${cpu}`);

/** What an effect does, in words. */
function effectText(event: LitmusEvent): string {
  const { kind, implicit, location, value, reach, virtual, fault, broadcast } = event;
  switch (kind) {
    case "read":
      return `${implicit ? "walks" : "reads"} ${location}=${valueText(value)}`;
    case "write":
      return `${implicit ? "marks" : "writes"} ${location}=${valueText(value)}`;
    case "fault":
      return `faults at ${virtual}: ${fault}`;
    case "invalidation":
      return `invalidates ${virtual === "" ? "all" : virtual}${broadcast ? "" : " on its own CPU"}`;
    case "data barrier":
    case "synchronization barrier":
      return `${kind}${reach === "full" ? "" : `, ${reach}s`}`;
    default:
      return kind;
  }
}
