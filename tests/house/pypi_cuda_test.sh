#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# pypi_cuda_test.sh BUILD_DIR: configures and builds the CUDA part with nvcc from PyPI and nothing of
# CUDA in PATH, then runs the host tests of cuda/. Exit code 77 (skipped) where PyPI is out of reach.
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/common.sh"

build_dir="$1"
venv="$CUSCHED_CACHE/nvcc-venv"
CUSCHED_VENV="$venv" "$CUSCHED_ROOT/scripts/setup" --cuda-from-pypi || {
  say "SKIPPED: nvcc could not be had from PyPI (no network?)"
  exit 77
}
nvcc="$(echo "$venv"/lib/python3*/site-packages/nvidia/cu13/bin/nvcc)"

# Only folders without an nvcc stay in PATH.
path=""
IFS=: read -ra folders <<<"$PATH"
for folder in "${folders[@]}"; do
  if [ ! -x "$folder/nvcc" ]; then path="$path${path:+:}$folder"; fi
done
clean=(env -u CUDA_HOME -u CUDA_PATH -u LIBRARY_PATH -u LD_LIBRARY_PATH "PATH=$path" "CUDACXX=$nvcc")

"${clean[@]}" cmake -S "$CUSCHED_ROOT" -B "$build_dir" -G "$(generator)" -DCUSCHED_CUDA=ON \
  -DCUSCHED_TORCH=OFF -DCUSCHED_BENCH=OFF "-DCUSCHED_VENV=$venv" -DCMAKE_BUILD_TYPE=Release
grep -qF "set(CMAKE_CUDA_COMPILER \"$nvcc\")" "$build_dir"/CMakeFiles/*/CMakeCUDACompiler.cmake ||
  die "the configuration took another nvcc than $nvcc"
"${clean[@]}" cmake --build "$build_dir" -j2 --target cusched_envs test_cuda
"${clean[@]}" "$build_dir/test_cuda"
