#!/bin/bash
# The unit, judged by systemd itself, and what it starts.

source tests/lib/shell_test.sh
source tests/lib/server.sh

readonly UNIT=deploy/systemd/netbufd.service
readonly FLAGS=deploy/config/netbufd.toml

# unit_here: the unit as it would be if netbufd were installed here.
unit_here() {
  sed "s|/usr/bin/netbufd|$PWD/server/netbufd|" "$UNIT" \
    >"$TEST_TMPDIR/netbufd.service"
  echo "$TEST_TMPDIR/netbufd.service"
}

# setting NAME: its value in the unit.
setting() { sed -n "s/^$1=//p" "$UNIT"; }

test_systemd_finds_nothing_wrong() {
  require_tool systemd-analyze
  expect_exit 0 systemd-analyze verify --man=no "$(unit_here)"
  expect_equal "" "$OUT$ERR"
}

test_what_the_service_may_do_is_little() {
  require_tool systemd-analyze
  # Exposure in tenths; systemd calls everything below 20 OK.
  expect_exit 0 systemd-analyze security --offline=true --no-pager \
    --threshold=15 "$(unit_here)"
}

test_stopping_takes_longer_than_draining() {
  local drain
  drain="$(sed -n 's/^drain_timeout = "\([0-9]*\)s"$/\1/p' "$FLAGS")"
  # The drain, and the engine's end: as long again, 10 s at least.
  (($(setting TimeoutStopSec) > 2 * (drain > 10 ? drain : 10)))
}

test_captures_are_where_the_service_may_write() {
  expect_contains " $(setting StateDirectory) " " netbufd/captures "
  grep -qx 'capture_dir = "/var/lib/netbufd/captures"' "$FLAGS"
}

test_the_configuration_is_valid() {
  expect_exit 0 server/netbufd --validate_config \
    --config=deploy/config/netbufd.txtpb
  expect_contains "$OUT" "1 adapter, 0 filters, 1 protocol, 1 binding"
}

# The flags as they are installed, but for where this machine has its files.
test_the_flags_file_starts_a_server() {
  trap kill_server EXIT
  mkdir -p "$TEST_TMPDIR/captures"
  NETBUFD_CONFIG="$PWD/deploy/config/netbufd.txtpb" \
    NETBUFD_CAPTURE_DIR="$TEST_TMPDIR/captures" \
    start_server server/netbufd "$TEST_TMPDIR/server.log" \
    --flags_file="$FLAGS" --port=0 --metrics_port=0
  expect_contains "$(cat "$TEST_TMPDIR/server.log")" "memory_limit=1GiB"
  stop_server
}

run_tests "$@"
