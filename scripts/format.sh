#!/usr/bin/env bash
# Format every C, C++ and Python file that git tracks or would track.
. "$(dirname "$0")/common.sh"

cd "$ROOT"
list() { git ls-files -z --cached --others --exclude-standard -- "$@"; }
list '*.c' '*.cpp' '*.h' | xargs -0 -r clang-format-22 -i
list '*.py' | xargs -0 -r "$VENV/bin/ruff" format --quiet
list '*.py' | xargs -0 -r "$VENV/bin/ruff" check --quiet --fix
say "formatted"
