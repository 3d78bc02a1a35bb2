# shellcheck shell=bash
# ./dev lint: what reads the code without running it. Sourced by ./dev.

# shellcheck source=tools/dev/checks.sh
source tools/dev/checks.sh

# Clang-tidy over our own sources, tests and benchmarks aside; minutes the first
# time, then what has changed (tidy_file.sh).
clang_tidy() {
  local source sources number=0 generated state="$STATE_DIR/tidy"
  mapfile -t sources < <(git ls-files 'engine/*.cc' 'server/*.cc' 'client/*.cc' |
    grep -v -e '_test\.cc$' -e '_benchmark\.cc$')
  # The build before it made the headers that protoc and genrules write.
  generated="$(bazel info --config=lint bazel-bin 2>/dev/null)" || return
  mkdir -p "$state"
  for source in "${sources[@]}"; do
    number=$((number + 1))
    printf '%s\0' "$number" "${#sources[@]}" "$generated" "$state" "$source"
  done | xargs -0 -P "${NETBUFD_LINT_JOBS:-$(nproc)}" -n 5 tools/dev/tidy_file.sh
}

# lint_step NAME COMMAND...: adds NAME to the failed when the command fails; 77 is
# a check that was skipped and has said why.
lint_step() {
  local start=$SECONDS status=0
  say "== $1 =="
  "${@:2}" || status=$?
  case "$status" in
    0) say "-- passed, $(elapsed "$start")" ;;
    77) say "-- SKIPPED" ;;
    *)
      say "-- FAILED, $(elapsed "$start")"
      failed+=("$1")
      ;;
  esac
}

run_lint() {
  local name start=$SECONDS failed=()
  # What takes seconds comes first.
  for name in scripts_parse build_files docs contract cpp_format proto_format \
    proto_lint proto_breaking dependencies; do
    lint_step "${name//_/ }" "check_$name"
  done
  lint_step "clang with -Wthread-safety" \
    bazel_run build --keep_going --config=lint //...
  lint_step "clang-tidy" clang_tidy
  if ((${#failed[@]})); then
    say "lint: FAILED after $(elapsed "$start"):$(printf ' [%s]' "${failed[@]}")"
    return 1
  fi
  say "lint: passed in $(elapsed "$start")"
}
