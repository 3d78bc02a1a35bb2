#!/bin/bash
# The demo on the project's own capture, its output judged by tshark: the frames as
# they were sent, in order and byte for byte, and again inside VXLAN.

source tests/e2e/lib.sh

readonly DEMO=client/demo/demo
readonly OUTPUT="$TEST_TMPDIR/out.pcap"
readonly VXLAN_BYTES=50 LARGEST=1514

demo() {
  timeout 60 "$DEMO" --address="$SERVER_ADDRESS" \
    --metrics_address="$METRICS_ADDRESS" \
    --capture_dir="$TEST_TMPDIR/captures" "$@"
}

hex() { python3 tests/e2e/frames_as_hex.py "$1"; }

test_the_demo_tells_its_story_and_exits_zero() {
  demo --capture="$CAPTURE" --output="$OUTPUT" | tee "$TEST_TMPDIR/story"
  local word
  for word in 'Register as a protocol driver' 'RUNNING -> PAUSING' \
    'did not (back-fill misses)' 'Every frame came back exactly once'; do
    grep -qF -- "$word" "$TEST_TMPDIR/story" || fail "the story lacks: $word"
  done
}

test_the_output_begins_with_the_capture_byte_for_byte() {
  require_tool tshark
  hex "$CAPTURE" >"$TEST_TMPDIR/sent"
  hex "$OUTPUT" >"$TEST_TMPDIR/received"
  (($(wc -l <"$TEST_TMPDIR/sent") >= 300))
  head -n "$(wc -l <"$TEST_TMPDIR/sent")" "$TEST_TMPDIR/received" |
    cmp - "$TEST_TMPDIR/sent"
}

test_the_rest_is_the_same_frames_twice_inside_vxlan() {
  require_tool tshark
  # Those that fit with the outer headers around them; two digits a byte.
  awk -v most=$((2 * (LARGEST - VXLAN_BYTES))) 'length($0) <= most' \
    "$TEST_TMPDIR/sent" >"$TEST_TMPDIR/fitting"
  tail -n "+$(($(wc -l <"$TEST_TMPDIR/sent") + 1))" "$TEST_TMPDIR/received" |
    cut -c "$((2 * VXLAN_BYTES + 1))-" >"$TEST_TMPDIR/inner"
  cat "$TEST_TMPDIR/fitting" "$TEST_TMPDIR/fitting" |
    cmp - "$TEST_TMPDIR/inner"
}

test_tshark_takes_the_outer_headers_for_sound_vxlan() {
  require_tool tshark
  local plain wrapped
  plain="$(wc -l <"$TEST_TMPDIR/sent")"
  wrapped="$(wc -l <"$TEST_TMPDIR/inner")"
  expect_equal "$wrapped" "$(tshark -n -r "$OUTPUT" -o ip.check_checksum:TRUE \
    -Y "frame.number > $plain && vxlan.vni == 42 && udp.dstport == 4789 &&
        !(ip.checksum.status == 0) && !_ws.malformed" \
    -T fields -e frame.number 2>/dev/null | wc -l)"
}

test_a_capture_that_is_not_ethernet_is_refused_in_one_line() {
  expect_exit 1 demo --capture=tests/data/cooked.pcap
  expect_equal "" "$OUT"
  expect_equal 1 "$(wc -l <<<"$ERR")"
  expect_contains "$ERR" cooked.pcap
}

test_the_server_is_as_empty_as_before() {
  require_tool grpcurl
  expect_equal "{}" "$(grpcurl_to netbuf.v1.AdapterService/ListAdapters |
    tr -d ' \n')"
}

start_test_server
run_tests "$@"
expect_server_ends_well
