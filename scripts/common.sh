# Shared by the scripts of the front door: where things are, and how to talk.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=${BUILD:-$ROOT/build}
VENV=$ROOT/.venv
OUT=$ROOT/out
LLVM=/usr/lib/llvm-22
JOBS=${JOBS:-$(nproc)}

say() { printf '==> %s\n' "$*"; }
fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}
