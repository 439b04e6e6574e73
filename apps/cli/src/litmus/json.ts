import type { LitmusResult } from "@kasan/explore";

/** A test that ran, with what a file of kinds has if that is another verdict. */
export interface RanTest {
  readonly path: string;
  readonly result: LitmusResult;
  readonly wrong: string | undefined;
}

/** Results as JSON, made as they are printed. */
export function* litmusJson(ran: readonly RanTest[]): Generator<string> {
  yield '{"version":1,\n"tests":[';
  for (const [index, test] of ran.entries()) yield `${index === 0 ? "" : ","}\n${JSON.stringify(testJson(test))}`;
  yield "\n]}\n";
}

function testJson({ path, result, wrong }: RanTest): object {
  const { test, states, positive, negative, observation, ok, verdict } = result;
  return {
    file: path,
    name: test.name,
    architecture: test.architecture,
    condition: test.condition.text,
    verdict,
    ...(wrong !== undefined && { expected: wrong }),
    observation,
    holds: ok,
    positive,
    negative,
    states: states.map(({ text, fulfils, executions }) => ({ state: text, fulfils, executions })),
  };
}
