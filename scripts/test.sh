#!/usr/bin/env bash
# Build with sanitizers what has no LLVM in it, then run every test.
. "$(dirname "$0")/common.sh"

"$ROOT/scripts/build.sh" "$ROOT/build-asan" -DCMAKE_BUILD_TYPE=RelWithDebInfo \
  -DCONV_SANITIZE=ON -DCONV_BUILD_COMPILER=OFF
exec "$VENV/bin/python" "$ROOT/scripts/run_tests.py" \
  "$BUILD" "$ROOT/build-asan"
