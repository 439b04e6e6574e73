#!/usr/bin/env bash
# Runs the kernel's own tests: unpacks what they need of Linux 6.12's source, from Debian's package linux-source-6.12,
# into a folder that goes away. `--install` installs the package first, if it is not there.
set -euo pipefail
cd "$(dirname "$0")/.."
tarball="/usr/src/linux-source-6.12.tar.xz"

if [ -z "${KASAN_KERNEL_SOURCE:-}" ]; then
  if [ ! -e "$tarball" ] && [ "${1:-}" = "--install" ] && command -v apt-get >/dev/null; then
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends linux-source-6.12; } >/dev/null 2>&1 || true
  fi
  if [ ! -e "$tarball" ]; then
    echo "kernel suites: skipped, since $tarball is not there; apt-get install linux-source-6.12"
    exit 0
  fi
  folder="$(mktemp -d)"
  trap 'rm -rf "$folder"' EXIT
  root=linux-source-6.12
  # All of include/ and lib/: which headers and tables a test needs is its own affair; of kernel/, what code in lib/ uses.
  tar -xJf "$tarball" -C "$folder" "$root/lib" "$root/include" "$root/mm" "$root/arch/x86/include" "$root/kernel" \
    "$root/Makefile"
  export KASAN_KERNEL_SOURCE="$folder/$root"
fi
npx vitest run --config vitest.kernel.config.ts
