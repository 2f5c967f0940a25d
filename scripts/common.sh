# SPDX-License-Identifier: MIT
# Sourced by the other scripts: where things are, and how to say what happens.
set -euo pipefail

CUSCHED_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
export HOME="${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}"  # some containers set none
CUSCHED_CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/cusched"
CUSCHED_VENV="${CUSCHED_VENV:-$CUSCHED_CACHE/venv}"
CUSCHED_JOBS="${CUSCHED_JOBS:-$(nproc)}"
export CUSCHED_VENV

say() { printf '==> %s\n' "$*"; }
die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# show_help "$0" "$@": prints the comment at the head of a script where its first argument asks for it.
show_help() {
  case "${2:-}" in
    -h | --help)
      sed -n '3,/^[^#]/{s/^# \{0,1\}//p}' "$1"
      exit 0
      ;;
  esac
}

# Prints the path of an nvcc of CUDA 13 or newer, or nothing. The environment's own comes last.
find_nvcc() {
  local candidate version
  for candidate in "${CUDACXX:-}" "$(command -v nvcc || true)" /usr/local/cuda/bin/nvcc \
    "$CUSCHED_VENV"/lib/python3*/site-packages/nvidia/cu13/bin/nvcc; do
    [ -x "$candidate" ] || continue
    version="$("$candidate" --version 2>/dev/null | sed -n 's/.*release \([0-9]*\)\..*/\1/p')"
    if [ "${version:-0}" -ge 13 ]; then
      printf '%s\n' "$candidate"
      return 0
    fi
  done
  return 0
}

# The presets ask for Ninja, which scripts/setup installs; a GPU machine may have make alone.
generator() { if command -v ninja >/dev/null; then echo Ninja; else echo "Unix Makefiles"; fi; }

# build PRESET [TARGET...]: configures (once, or again where the environment sets an option) and
# builds into build/PRESET.
build() {
  local preset="$1"
  shift
  cd "$CUSCHED_ROOT"
  command -v cmake >/dev/null || die "cmake is missing; run scripts/setup"
  local options=(${CUSCHED_CUDA:+"-DCUSCHED_CUDA=$CUSCHED_CUDA"}
    ${CUSCHED_WERROR:+"-DCUSCHED_WERROR=$CUSCHED_WERROR"})
  if [ ! -f "build/$preset/CMakeCache.txt" ] || [ ${#options[@]} -gt 0 ]; then
    say "configure: cmake --preset $preset ${options[*]}"
    cmake --preset "$preset" -G "$(generator)" "${options[@]}" ||
      die "the configuration failed (see above); run scripts/setup, or remove build/$preset"
  fi
  say "build: cmake --build build/$preset -j$CUSCHED_JOBS $*"
  local targets=()
  if [ $# -gt 0 ]; then targets=(--target "$@"); fi
  cmake --build "build/$preset" -j"$CUSCHED_JOBS" "${targets[@]}" || die "the build failed (see above)"
}
