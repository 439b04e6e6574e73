#!/usr/bin/env bash
# Runs the kernel's own tests, and a sample of what `npm run test:breadth` runs, from the source at $KASAN_KERNEL_SOURCE, else from
# Debian's package (kernel-source.sh), which `--install` installs if it is not there.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${KASAN_KERNEL_SOURCE:-}" ]; then
  folder="$(mktemp -d)"
  trap 'rm -rf "$folder"' EXIT
  KASAN_KERNEL_SOURCE="$(bash scripts/kernel-source.sh "$folder" "$@")"
  [ -n "$KASAN_KERNEL_SOURCE" ] || exit 0
  export KASAN_KERNEL_SOURCE
fi
npx vitest run --config vitest.kernel.config.ts
node scripts/breadth/main.js "$KASAN_KERNEL_SOURCE" --sample
