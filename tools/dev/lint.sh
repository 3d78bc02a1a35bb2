# shellcheck shell=bash
# ./dev lint: what reads the code without running it. Sourced by ./dev.

# shellcheck source=tools/dev/checks.sh
source tools/dev/checks.sh

# Clang-tidy over our own sources, tests and benchmarks aside. Generated headers are
# in bazel-bin, which the build before it filled.
clang_tidy() {
  local sources flags=(-xc++ -std=c++20 -I. -isystem bazel-bin/proto
    -DSPDLOG_COMPILED_LIB -DSPDLOG_FMT_EXTERNAL)
  mapfile -t sources < <(git ls-files 'engine/*.cc' 'server/*.cc' 'client/*.cc' |
    grep -v -e '_test\.cc$' -e '_benchmark\.cc$')
  # Its stderr is a count of what it found in system headers and kept quiet about.
  for source in "${sources[@]}"; do
    printf '%s\0' "$source"
  done | xargs -0 -P "$(nproc)" -I{} clang-tidy-14 --quiet {} -- "${flags[@]}" \
    2>"$STATE_DIR/tidy.log"
}

run_lint() {
  local status=0 name
  say "== clang with -Wthread-safety =="
  bazel_run build --keep_going --config=lint //... || status=1
  say "== clang-tidy =="
  clang_tidy || status=1
  for name in scripts_parse build_files cpp_format proto_format proto_lint \
    dependencies; do
    say "== ${name//_/ } =="
    "check_$name" || (($? == 77)) || status=1
  done
  return "$status"
}
