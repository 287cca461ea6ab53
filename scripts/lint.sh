#!/usr/bin/env bash
# Say what `make format` would change and what clang-tidy and ruff find.
. "$(dirname "$0")/common.sh"

cd "$ROOT"
list() { git ls-files -z --cached --others --exclude-standard -- "$@"; }
status=0
say "clang-format"
list '*.c' '*.cpp' '*.h' | xargs -0 -r clang-format-22 --dry-run --Werror || status=1
say "ruff"
list '*.py' | xargs -0 -r "$VENV/bin/ruff" format --check --quiet || status=1
list '*.py' | xargs -0 -r "$VENV/bin/ruff" check --quiet || status=1
say "clang-tidy, with $JOBS jobs"
"$LLVM/bin/run-clang-tidy" -quiet -p "$BUILD" -j "$JOBS" \
  "^$ROOT/(lib|tools|kernels_runtime|emulator|bench)/" >"$BUILD/lint.log" 2>&1 || {
  grep -E 'warning:|error:' "$BUILD/lint.log" | sort -u
  status=1
}
[ $status -eq 0 ] && say "clean"
exit $status
