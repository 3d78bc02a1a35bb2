#!/bin/bash
# grpcurl and buf curl, which know the API by reflection only, can call every
# method that reflection lists. A request without anything in it gets an answer or an
# error of ours, never one of the transport.

source tests/e2e/lib.sh

# What an empty request may come to: gRPC codes, as numbers.
readonly OK=0 INVALID_ARGUMENT=3 NOT_FOUND=5

# The methods of netbuf.v1, one a line, as grpcurl has them: package.Service.Method.
methods() {
  local service
  for service in $(grpcurl -plaintext "$SERVER_ADDRESS" list | grep '^netbuf'); do
    grpcurl -plaintext "$SERVER_ADDRESS" list "$service"
  done
}

# expect_code METHOD CODE: the answer to an empty request is one that may be.
expect_code() {
  case "$2" in
    "$OK" | "$INVALID_ARGUMENT" | "$NOT_FOUND") ;;
    *) fail "$1 answered an empty request with code $2: $(cat "$TEST_TMPDIR/answer")" ;;
  esac
}

test_grpcurl_describes_and_calls_every_method() {
  require_tool grpcurl
  local method status count=0
  for method in $(methods); do
    expect_contains "$(grpcurl -plaintext "$SERVER_ADDRESS" describe "$method")" \
      "rpc ${method##*.} "
    status=0
    grpcurl_to "${method%.*}/${method##*.}" >"$TEST_TMPDIR/answer" 2>&1 ||
      status=$?
    # grpcurl adds 64; what is below is its own trouble.
    ((status == 0 || status > 64)) || fail "$(cat "$TEST_TMPDIR/answer")"
    expect_code "$method" "$((status == 0 ? 0 : status - 64))"
    count=$((count + 1))
  done
  ((count > 40))
}

test_buf_curl_calls_every_method() {
  require_tool grpcurl
  require_tool buf
  local method status count=0
  export HOME="$TEST_TMPDIR"
  for method in $(methods); do
    status=0
    buf curl --http2-prior-knowledge --protocol grpc --data '{}' \
      "http://$SERVER_ADDRESS/${method%.*}/${method##*.}" \
      >"$TEST_TMPDIR/answer" 2>&1 || status=$?
    # buf curl shifts the code by 3 bits; what has others set is its own trouble.
    ((status % 8 == 0)) || fail "$(cat "$TEST_TMPDIR/answer")"
    expect_code "$method" "$((status / 8))"
    count=$((count + 1))
  done
  ((count > 40))
}

test_buf_curl_reads_an_answer() {
  require_tool buf
  export HOME="$TEST_TMPDIR"
  expect_exit 0 buf curl --http2-prior-knowledge --protocol grpc \
    --data '{"adapterId": "a1", "adapter": {"simulated": {}}}' \
    "http://$SERVER_ADDRESS/netbuf.v1.AdapterService/CreateAdapter"
  expect_contains "$OUT" '"name": "adapters/a1"'
}

start_test_server
run_tests "$@"
expect_server_ends_well
