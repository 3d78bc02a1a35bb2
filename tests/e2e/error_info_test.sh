#!/bin/bash
# What a wrong call answers, as a person at grpcurl sees it: the canonical code,
# ErrorInfo with reason, domain and NDIS status, and the detail its code calls for.

source tests/e2e/lib.sh

# refused CODE METHOD JSON: the call fails with the code; its details are left in
# $DETAILS, without spaces and line ends.
refused() {
  require_tool grpcurl
  local status=0
  ERR="$(grpcurl_to "netbuf.v1.$2" "$3" 2>&1 >/dev/null)" || status=$?
  ((status > 64)) || fail "exit code $status: $ERR"
  expect_line "$ERR" "  Code: $1"
  DETAILS="$(tr -d ' \t\n' <<<"$ERR")"
  # On every error.
  expect_contains "$DETAILS" google.rpc.ErrorInfo
  expect_contains "$DETAILS" '"domain":"netbufd"'
  expect_match "$DETAILS" '"ndisStatus":"0x[0-9A-F]{8}"'
  expect_match "$DETAILS" '"reason":"[A-Z][A-Z0-9_]+"'
}

test_a_bad_argument_names_its_field() {
  refused InvalidArgument AdapterService/CreateAdapter \
    '{"adapterId": "No Such Id", "adapter": {"simulated": {}}}'
  expect_contains "$DETAILS" google.rpc.BadRequest
  expect_contains "$DETAILS" '"field":"adapter_id"'
}

test_an_absent_resource_is_named() {
  refused NotFound AdapterService/GetAdapter '{"name": "adapters/absent"}'
  expect_contains "$DETAILS" google.rpc.ResourceInfo
  expect_contains "$DETAILS" '"resource_name":"adapters/absent"'
}

test_a_name_taken_twice_is_named() {
  grpcurl_to netbuf.v1.AdapterService/CreateAdapter \
    '{"adapterId": "twice", "adapter": {"simulated": {}}}' >/dev/null
  refused AlreadyExists AdapterService/CreateAdapter \
    '{"adapterId": "twice", "adapter": {"simulated": {}}}'
  expect_contains "$DETAILS" '"resource_name":"adapters/twice"'
}

test_a_wrong_state_says_what_stands_in_the_way() {
  grpcurl_to netbuf.v1.AdapterService/CreateAdapter \
    '{"adapterId": "used", "adapter": {"simulated": {}}}'
  grpcurl_to netbuf.v1.ProtocolService/RegisterProtocol \
    '{"protocolId": "p1", "protocol": {}}'
  grpcurl_to netbuf.v1.BindingService/OpenBinding \
    '{"parent": "protocols/p1", "bindingId": "b1",
      "binding": {"adapter": "adapters/used"}}'
  refused FailedPrecondition AdapterService/DeleteAdapter \
    '{"name": "adapters/used"}'
  expect_contains "$DETAILS" '"reason":"ADAPTER_IN_USE"'
  expect_contains "$DETAILS" google.rpc.PreconditionFailure
}

test_a_capture_outside_the_directory_is_refused() {
  refused InvalidArgument AdapterService/CreateAdapter \
    '{"adapterId": "out", "adapter": {"pcap": {"transmitFile": "../x.pcap"}}}'
  expect_contains "$DETAILS" '"field":"adapter.pcap.transmit_file"'
  expect_contains "$DETAILS" 'Message:adapter.pcap.transmit_file'
}

start_test_server
run_tests "$@"
expect_server_ends_well
