#!/usr/bin/env bash
# Unpacks what tests need of Linux 6.12's source, from Debian's package linux-source-6.12, into a folder, and prints the source's path.
# Prints nothing if the package is not there; `--install` installs it first.
#
#   scripts/kernel-source.sh FOLDER [--install]
set -euo pipefail
folder="$1"
tarball="/usr/src/linux-source-6.12.tar.xz"
root=linux-source-6.12

if [ ! -e "$tarball" ] && [ "${2:-}" = "--install" ] && command -v apt-get >/dev/null; then
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$root"; } >/dev/null 2>&1 || true
fi
if [ ! -e "$tarball" ]; then
  echo "kernel suites: skipped, since $tarball is not there; apt-get install $root" >&2
  exit 0
fi
# All of include/ and lib/: which headers and tables a test needs is its own affair; of kernel/, what code in lib/ uses; keys, which
# credentials have.
tar -xJf "$tarball" -C "$folder" "$root/lib" "$root/include" "$root/mm" "$root/arch/x86/include" "$root/kernel" "$root/security/keys" "$root/Makefile"
echo "$folder/$root"
