#!/usr/bin/env bash
# Keep the Python environment in the tree: venv.sh test | venv.sh demo.
# `test` is small; `demo` adds torch, the comparison of the demo and benchmark.
. "$(dirname "$0")/common.sh"

group=${1:?usage: venv.sh test|demo}
requirements=$ROOT/scripts/requirements-$group.txt
stamp=$VENV/.installed-$group
[ -x "$VENV/bin/python" ] || {
  say "making a Python environment in .venv"
  /usr/bin/python3 -m venv "$VENV"
}
if ! cmp -s "$requirements" "$stamp"; then
  say "installing Python packages: $(grep -v '^[#-]' "$requirements" | tr '\n' ' ')"
  if ! "$VENV/bin/pip" install --quiet --disable-pip-version-check -r "$requirements"; then
    [ "$group" = demo ] || exit 1
    say "no torch for this machine: going on without the comparison with it"
    exit 0
  fi
  cp "$requirements" "$stamp"
fi
