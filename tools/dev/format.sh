# shellcheck shell=bash
# ./dev format: rewrites C++ and protos in the house style, and checks what no
# tool rewrites. Sourced by ./dev.

# shellcheck source=tools/dev/checks.sh
source tools/dev/checks.sh

run_format() {
  local sources
  mapfile -t sources < <(our_sources)
  clang-format-14 -i "${sources[@]}"
  if require_buf >&2; then "$BUF" format --write; fi
  check_build_files
}
