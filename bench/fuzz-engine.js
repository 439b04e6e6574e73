/**
 * What the fuzzer itself costs for each execution, with a target that does next to nothing: 500 edges, of which an input passes about a
 * hundred; 50 comparisons; inputs of 200 bytes.
 *
 *     node bench/fuzz-engine.js [EXECUTIONS]
 */
import { Fuzzer } from "@kasan/fuzz";

const EDGES = 500;
const PASSED = 100;
const LENGTH = 200;
const executions = Number(process.argv[2] ?? 300_000);

/** What depends on the input: a few edges, so that the corpus grows to some hundred inputs, and the sides of comparisons. */
function target() {
  const counters = new Uint8Array(EDGES);
  const comparisons = Array.from({ length: 50 }, (_, site) => ({
    site,
    left: Uint8Array.of(site, 1, 2, 3),
    right: new Uint8Array(4),
    constant: site % 2 === 0,
  }));
  return (input) => {
    counters.fill(0);
    for (let i = 0; i < PASSED; i++) counters[i] = 1;
    for (let i = 0; i < 8 && i < input.length; i++) counters[PASSED + i * 50 + (input[i] >> 3)] = 1;
    for (let i = 0; i < 50; i++) comparisons[i].right[0] = input[i] ?? 0;
    return { counters, comparisons };
  };
}

function time(run) {
  const started = performance.now();
  run();
  return ((performance.now() - started) * 1000) / executions;
}

const inputs = [Uint8Array.from({ length: LENGTH }, (_, i) => (i * 37) & 0xff)];
const alone = target();
const bare = time(() => {
  for (let i = 0; i < executions; i++) alone(inputs[0]);
});
for (const valueProfile of [false, true]) {
  const fuzzer = new Fuzzer(target(), { inputs, maxLength: 4096, valueProfile });
  const whole = time(() => fuzzer.run({ executions }));
  const { corpus, edges } = fuzzer.statistics;
  const how = valueProfile ? "with a value profile" : "by coverage";
  console.log(`${how}: ${(whole - bare).toFixed(2)} µs for each execution (${corpus} inputs kept, ${edges} edges)`);
}
