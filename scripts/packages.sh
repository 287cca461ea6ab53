#!/usr/bin/env bash
# Install the Debian packages that building and testing need. Asks dpkg first,
# so that a second run costs nothing and needs neither root nor a network.
. "$(dirname "$0")/common.sh"

packages=(
  # build
  cmake ninja-build ccache pkg-config git
  clang-22 lld-22 liblld-22-dev libclang-rt-22-dev
  llvm-22-dev llvm-22-tools libmlir-22-dev mlir-22-tools
  # test and measure; FFTW is GPL and is linked by tests and benchmarks only
  libgtest-dev libgmock-dev libbenchmark-dev libfftw3-dev
  # format and lint
  clang-format-22 clang-tidy-22
  # demo: a speech recording, and Python
  alsa-utils python3 python3-venv
)

command -v dpkg-query >/dev/null ||
  fail "this is no Debian system; install the equivalents of: ${packages[*]}"

missing=()
for package in "${packages[@]}"; do
  state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

say "installing ${#missing[@]} Debian packages: ${missing[*]}"
sudo=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null ||
    fail "as root, run: apt-get install --no-install-recommends ${missing[*]}"
  sudo=(sudo)
fi
export DEBIAN_FRONTEND=noninteractive
"${sudo[@]}" apt-get update -q
"${sudo[@]}" apt-get install -y -q --no-install-recommends "${missing[@]}"
