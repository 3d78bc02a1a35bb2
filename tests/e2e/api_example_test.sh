#!/bin/bash
# The examples of docs/api.md, run as a person would paste them, one after the other.

source tests/e2e/lib.sh

# The shell blocks of the page, for this server.
examples() {
  sed -n '/^```sh$/,/^```$/{ /^```/d; p }' docs/api.md |
    sed "s/127\.0\.0\.1:50051/$SERVER_ADDRESS/g"
  echo wait # For the streams, which the end of their binding ends.
}

test_the_examples_run_and_their_frame_is_in_the_capture() {
  require_tool grpcurl
  require_tool tshark
  local method
  examples >"$TEST_TMPDIR/examples.sh"
  for method in SendFrames WatchBinding QueryOid ReceiveFrames \
    DeregisterProtocol; do
    grep -q "$method" "$TEST_TMPDIR/examples.sh"
  done
  expect_exit 0 timeout 60 bash -euo pipefail "$TEST_TMPDIR/examples.sh"
  expect_contains "$OUT" '"NDIS_STATUS_SUCCESS"'
  expect_contains "$OUT" '"OID_NETBUF_STACK_REQUIREMENTS"'
  # The four of the end have nothing to tell; one of them is the audit.
  expect_equal 4 "$(grep -cx '{}' <<<"$OUT")"
  local frame
  frame="$(python3 tests/e2e/frames_as_hex.py "$TEST_TMPDIR/captures/out.pcap")"
  # Behind the 14 bytes of the Ethernet header.
  expect_equal "netbufd was here" \
    "$(python3 -c 'print(bytes.fromhex(input())[14:].decode())' <<<"$frame")"
}

start_test_server
run_tests "$@"
expect_server_ends_well
