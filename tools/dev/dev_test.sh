#!/bin/bash
# The script a person types: its help, its refusals, and that setup installs what is
# missing and nothing else. dpkg-query, apt-get, go and npm are fakes.

source tests/lib/shell_test.sh

readonly COMMANDS="demo serve ctl test bench load format lint setup"

# fake NAME BODY: a program of that name, before all others.
fake() {
  mkdir -p "$TEST_TMPDIR/bin"
  printf '#!/bin/bash\n%s\n' "$2" >"$TEST_TMPDIR/bin/$1"
  chmod +x "$TEST_TMPDIR/bin/$1"
}

# fake_machine MISSING_PACKAGE...: every other package is installed; what apt-get is
# asked for is in $TEST_TMPDIR/apt.log.
fake_machine() {
  rm -f "$TEST_TMPDIR/apt.log"
  fake dpkg-query "shift 3
for package in \"\$@\"; do
  case ' $* ' in
    *\" \$package \"*) [[ -e '$TEST_TMPDIR/apt.log' ]] || continue ;;
  esac
  echo \"installed \$package\"
done"
  fake apt-get "echo \"\$*\" >>'$TEST_TMPDIR/apt.log'"
  fake sudo 'exec "$@"'
}

# setup_packages: what ./dev does first for every command.
setup_packages() {
  PATH="$TEST_TMPDIR/bin:$PATH" CALLER_DIR="$PWD" bash -euo pipefail -c '
    source tools/dev/common.sh
    source tools/dev/setup.sh
    ensure_packages'
}

test_without_a_command_it_prints_each_with_an_example() {
  local command
  expect_exit 0 ./dev
  for command in $COMMANDS; do
    expect_contains "$OUT" "
  $command "
    expect_contains "$OUT" "./dev $command"
  done
}

test_an_unknown_command_is_refused() {
  expect_exit 1 ./dev frobnicate
  expect_equal "" "$OUT"
  expect_equal "dev: no such command: frobnicate; see ./dev help" "$ERR"
}

test_a_misspelt_command_is_suggested() {
  expect_exit 1 ./dev srve
  expect_equal "dev: no such command: srve (did you mean serve?); see ./dev help" \
    "$ERR"
  expect_exit 1 ./dev bnech
  expect_contains "$ERR" "did you mean bench?"
}

test_setup_installs_what_is_missing_and_nothing_else() {
  fake_machine tshark libpcap-dev
  expect_exit 0 setup_packages
  expect_equal "update -q
install -q -y --no-install-recommends libpcap-dev tshark" \
    "$(cat "$TEST_TMPDIR/apt.log")"
}

test_setup_asks_apt_for_nothing_when_all_is_there() {
  fake_machine
  expect_exit 0 setup_packages
  [[ ! -e "$TEST_TMPDIR/apt.log" ]]
}

test_a_failed_installation_is_a_failure() {
  fake_machine tshark
  fake apt-get 'exit 100'
  expect_exit 100 setup_packages
}

run_tests "$@"
