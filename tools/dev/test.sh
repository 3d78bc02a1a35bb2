# shellcheck shell=bash
# ./dev test [PATTERN...]: every test in the normal configuration, the engine's
# again under each sanitizer, and the checks that Bazel cannot run. Goes on after
# failures, so that the last line counts everything. Sourced by ./dev.

# shellcheck source=tools/dev/checks.sh
source tools/dev/checks.sh

readonly RESULTS="$STATE_DIR/test"
# Bazel configs; the first is two sanitizers in one build.
readonly SANITIZERS=(asan_ubsan tsan)
readonly NOT_TESTS=-benchmark,-manual

summary_arguments=()

phase() { say "
== $* =="; }

# record STATUS NAME [WHY]: one line of the checks' results.
record() {
  printf '%s\t%s\t%s\n' "$1" "$2" "${3:-}" >>"$RESULTS/checks.tsv"
}

# Where tests find the tools that ./dev setup installed.
tools_path() {
  local tool directories=()
  for tool in "$GRPCURL" "$GHZ" "$BUF"; do
    directories+=("$PWD/$(dirname "$tool")")
  done
  (IFS=: && echo "${directories[*]}")
}

# bazel_phase NAME BAZEL_FLAG... -- PATTERN...
bazel_phase() {
  local name="$1" events="$RESULTS/$1.json" start=$SECONDS status=0
  shift
  phase "$name tests"
  rm -f "$events"
  bazel_run test --keep_going --build_event_json_file="$events" \
    --test_tag_filters="$NOT_TESTS" --build_tag_filters="$NOT_TESTS" \
    --test_env=NETBUFD_TOOLS="$(tools_path)" \
    --test_env=NETBUFD_REQUIRED_TOOLS="${NETBUFD_REQUIRED_TOOLS:-}" "$@" ||
    status=$?
  # 3 is "a test failed", which the events tell; 4 is "there are no tests".
  case "$status" in
    0 | 3) record passed "$name build" ;;
    4) say "dev: no $name tests" ;;
    *) record failed "$name build" "bazel's exit code is $status" ;;
  esac
  [[ ! -e "$events" ]] || summary_arguments+=(--bazel "$name" "$events")
  say "-- $name: $(elapsed "$start")"
}

# check NAME FUNCTION
check() {
  local output status=0
  output="$("$2" 2>&1)" || status=$?
  case "$status" in
    0) record passed "$1" ;;
    77)
      say "SKIPPED $1: $output"
      record skipped "$1" "$output"
      ;;
    *)
      say "FAILED $1" "
$output"
      record failed "$1" "see above"
      ;;
  esac
}

checks_phase() {
  local start=$SECONDS
  phase "checks"
  check "dependencies point one way" check_dependencies
  check "BUILD files keep the rules" check_build_files
  check "tests that the NDIS contract names exist" check_contract
  check "files and targets that documents name exist" check_docs
  check "scripts parse" check_scripts_parse
  check "C++ is formatted" check_cpp_format
  check "protos are formatted" check_proto_format
  check "protos keep the rules" check_proto_lint
  check "protos break no client" check_proto_breaking
  say "-- checks: $(elapsed "$start")"
}

# The engine's tests among the targets of the patterns, one a line.
engine_tests() {
  bazel query --noshow_progress "tests(//engine/...) intersect tests(set($*))" \
    2>"$RESULTS/query.log"
}

run_test() {
  local start=$SECONDS sanitizer targets=("$@") engine=()
  ((${#targets[@]})) || targets=(//...)
  mkdir -p "$RESULTS"
  : >"$RESULTS/checks.tsv"
  (($# > 0)) || checks_phase
  bazel_phase normal -- "${targets[@]}"
  if engine_tests "${targets[@]}" >"$RESULTS/engine_tests"; then
    mapfile -t engine <"$RESULTS/engine_tests"
  else
    cat "$RESULTS/query.log" >&2
    record failed "list of the engine's tests" "bazel query failed"
  fi
  if ((${#engine[@]})); then
    for sanitizer in "${SANITIZERS[@]}"; do
      bazel_phase "$sanitizer" --config="$sanitizer" -- "${engine[@]}"
    done
  fi
  phase "$(elapsed "$start") in all"
  python3 tools/dev/summary.py "${summary_arguments[@]}" \
    --checks "$RESULTS/checks.tsv"
}
