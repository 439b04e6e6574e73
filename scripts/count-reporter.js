/** Prints the run's totals as one plain line, `N passed, N failed[, N skipped]`, for scripts that read it. */
export default class CountReporter {
  onTestRunEnd(modules) {
    const totals = { passed: 0, failed: 0, skipped: 0 };
    for (const module of modules) {
      if (module.state() === "failed" && [...module.children.allTests()].length === 0) totals.failed++;
      for (const test of module.children.allTests()) {
        const state = test.result().state;
        if (state in totals) totals[state]++;
      }
    }
    const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : "";
    process.stdout.write(`\n${totals.passed} passed, ${totals.failed} failed${skipped}\n`);
  }
}
