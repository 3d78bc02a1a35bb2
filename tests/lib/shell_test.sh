# shellcheck shell=bash
# A small test framework: functions named test_* are the cases, and each of them
# is a case of the JUnit file that Bazel and ./dev test read.
#
#   source tests/lib/shell_test.sh
#   test_a_sentence_of_promise() {
#     expect_equal 4 "$((2 + 2))"
#   }
#   run_tests "$@"
#
# A case fails at the first command that fails; `skip WHY` ends it as skipped.
# Cases run in the order they are written, each in a subshell. With arguments,
# only the cases named run.

set -euo pipefail

readonly SKIPPED_STATUS=77

fail() {
  echo "$*" >&2
  exit 1
}

# Says so in one visible line.
skip() {
  echo "SKIPPED ${CURRENT_TEST:-}: $*"
  printf '%s' "$*" >"$TEST_TMPDIR/skip_reason"
  exit "$SKIPPED_STATUS"
}

# require_tool NAME: its path, or the case is skipped; it fails where the tool is
# one of NETBUFD_REQUIRED_TOOLS. NETBUFD_TOOLS, a PATH of tools installed by
# ./dev setup, comes first.
require_tool() {
  if ! PATH="${NETBUFD_TOOLS:-}${NETBUFD_TOOLS:+:}$PATH" type -P "$1" >/dev/null
  then
    [[ " ${NETBUFD_REQUIRED_TOOLS:-} " != *" $1 "* ]] ||
      fail "$1 is not installed, and is one of NETBUFD_REQUIRED_TOOLS"
    skip "$1 is not installed"
  fi
  PATH="${NETBUFD_TOOLS:-}${NETBUFD_TOOLS:+:}$PATH"
}

expect_equal() {
  [[ "$1" == "$2" ]] || fail "expected: $1
     got: $2"
}

# expect_contains TEXT PART
expect_contains() {
  [[ "$1" == *"$2"* ]] || fail "expected to find: $2
in: $1"
}

# expect_match TEXT EXTENDED_REGULAR_EXPRESSION
expect_match() {
  [[ "$1" =~ $2 ]] || fail "expected to match: $2
in: $1"
}

# expect_line TEXT LINE: LINE is one of TEXT's lines.
expect_line() {
  grep -qxF -- "$2" <<<"$1" || fail "expected the line: $2
in: $1"
}

# expect_exit STATUS COMMAND...: stdout in $OUT, stderr in $ERR.
expect_exit() {
  local expected="$1" status=0
  shift
  "$@" >"$TEST_TMPDIR/stdout" 2>"$TEST_TMPDIR/stderr" || status=$?
  OUT="$(cat "$TEST_TMPDIR/stdout")"
  ERR="$(cat "$TEST_TMPDIR/stderr")"
  [[ "$status" == "$expected" ]] || fail "expected exit code $expected, got \
$status from: $*
stdout: $OUT
stderr: $ERR"
}

xml_escape() {
  # Control characters have no place in XML 1.0.
  tr -d '\000-\010\013\014\016-\037' |
    sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g; s/"/\&quot;/g'
}

# Runs one case, appends its JUnit element to $1 and leaves 0 or 1 in CASE_FAILED.
# Not to be called where a condition stands (if, ||, !): bash would ignore set -e
# in all of the case.
run_case() {
  local cases="$1" name="$2" status=0 start=$EPOCHREALTIME seconds inside=''
  CURRENT_TEST="$name"
  rm -f "$TEST_TMPDIR/skip_reason"
  set +e
  (
    set -e
    "$name"
  ) >"$TEST_TMPDIR/case.log" 2>&1
  status=$?
  set -e
  cat "$TEST_TMPDIR/case.log"
  seconds="$(awk "BEGIN { print $EPOCHREALTIME - $start }")"
  case "$status" in
    0) echo "PASSED $name" ;;
    "$SKIPPED_STATUS")
      inside="<skipped message=\"$(xml_escape <"$TEST_TMPDIR/skip_reason")\"/>"
      ;;
    *)
      echo "FAILED $name (exit code $status)"
      inside="<failure message=\"exit code $status\">$(
        xml_escape <"$TEST_TMPDIR/case.log"
      )</failure>"
      ;;
  esac
  printf '<testcase classname="%s" name="%s" time="%s">%s</testcase>\n' \
    "$(basename "$0" .sh)" "$name" "$seconds" "$inside" >>"$cases"
  CASE_FAILED=$((status != 0 && status != SKIPPED_STATUS))
}

run_tests() {
  local cases="$TEST_TMPDIR/cases.xml" failures=0 name names=("$@")
  : >"$cases"
  # In the order of their lines in the file.
  if ((${#names[@]} == 0)); then
    shopt -s extdebug
    mapfile -t names < <(declare -F | awk '{ print $3 }' | grep '^test_' |
      while read -r name; do declare -F "$name"; done |
      sort -n -k2,2 | awk '{ print $1 }')
    shopt -u extdebug
  fi
  for name in "${names[@]}"; do
    run_case "$cases" "$name"
    failures=$((failures + CASE_FAILED))
  done
  if [[ -n "${XML_OUTPUT_FILE:-}" ]]; then
    printf '<testsuites><testsuite name="%s" tests="%d" failures="%d">\n' \
      "$(basename "$0" .sh)" "${#names[@]}" "$failures" >"$XML_OUTPUT_FILE"
    cat "$cases" >>"$XML_OUTPUT_FILE"
    echo '</testsuite></testsuites>' >>"$XML_OUTPUT_FILE"
  fi
  echo "${#names[@]} cases, $failures failed"
  ((failures == 0 && ${#names[@]} > 0))
}

: "${TEST_TMPDIR:=$(mktemp -d)}"
