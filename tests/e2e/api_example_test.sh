#!/bin/bash
# The example of docs/api.md, run as a person would paste it.

source tests/e2e/lib.sh

# The first shell block of the page, for this server.
example() {
  sed -n '/^```sh$/,/^```$/{ /^```$/q; /^```sh$/d; p }' docs/api.md |
    sed "s/127\.0\.0\.1:50051/$SERVER_ADDRESS/g"
}

test_the_example_runs_and_its_frame_is_in_the_capture() {
  require_tool grpcurl
  require_tool tshark
  example >"$TEST_TMPDIR/example.sh"
  grep -q DeregisterProtocol "$TEST_TMPDIR/example.sh"
  expect_exit 0 bash -euo pipefail "$TEST_TMPDIR/example.sh"
  expect_contains "$OUT" '"NDIS_STATUS_SUCCESS"'
  # The last answer, the audit's, has nothing to tell.
  expect_equal "{}" "$(tail -n 1 <<<"$OUT")"
  local frame
  frame="$(python3 tests/e2e/frames_as_hex.py "$TEST_TMPDIR/captures/out.pcap")"
  # Behind the 14 bytes of the Ethernet header.
  expect_equal "netbufd was here" \
    "$(python3 -c 'print(bytes.fromhex(input())[14:].decode())' <<<"$frame")"
}

start_test_server
run_tests "$@"
expect_server_ends_well
