#!/usr/bin/env bash
# Configure once, then build: build.sh [DIR [CMAKE_OPTION...]] [-- TARGET...]
. "$(dirname "$0")/common.sh"

dir=$BUILD
if [ $# -gt 0 ] && [ "$1" != -- ]; then
  dir=$1
  shift
fi
options=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  options+=("$1")
  shift
done
[ $# -eq 0 ] || shift

# ccache should hit from any checkout of this tree.
export CCACHE_BASEDIR=$ROOT CCACHE_NOHASHDIR=1

if [ ! -f "$dir/build.ninja" ]; then
  say "configuring ${dir#"$ROOT"/}"
  cmake -G Ninja -S "$ROOT" -B "$dir" \
    -DCMAKE_C_COMPILER=clang-22 -DCMAKE_CXX_COMPILER=clang++-22 \
    -DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache \
    -DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=lld-22 \
    -DCMAKE_SHARED_LINKER_FLAGS=-fuse-ld=lld-22 \
    -DCMAKE_MODULE_LINKER_FLAGS=-fuse-ld=lld-22 \
    "${options[@]}" >"$dir.log" 2>&1 || {
    cat "$dir.log" >&2
    rm -f "$dir/build.ninja"
    fail "cmake failed"
  }
  mv "$dir.log" "$dir/configure.log"
fi
say "building ${dir#"$ROOT"/} with $JOBS jobs"
NINJA_STATUS='[%f/%t %es] ' ninja -C "$dir" -j "$JOBS" "$@" |
  { grep -v '^ninja: Entering directory' || true; }
