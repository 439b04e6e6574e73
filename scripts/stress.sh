#!/usr/bin/env bash
# Several CPUs at work on memory under each scheme of vmalloc's shadow, for a minute or so each: stress.sh [CPUS [SEED]].
set -euo pipefail
cd "$(dirname "$0")/.."
export KASAN_STRESS_CPUS="${1:-4}" KASAN_STRESS_SEED="${2:-1}" KASAN_STRESS_LOOPS="${KASAN_STRESS_LOOPS:-100000}"
npx vitest run packages/guest/test/stress.test.ts
# Then the explorer, with all bounds that kasan check has.
KASAN_EXPLORE_WIDE=1 npx vitest run packages/explore/test/{shipped,page-schemes,reduction}.test.ts
