# shellcheck shell=bash
# What the end-to-end tests share: the framework, the server, grpcurl.

source tests/lib/shell_test.sh
source tests/lib/server.sh

# shellcheck disable=SC2034  # Used by the files that source this one.
readonly NETBUFD=server/netbufd
# shellcheck disable=SC2034
readonly NETBUFCTL=client/cli/netbufctl
# shellcheck disable=SC2034
readonly CAPTURE=tests/data/veth.pcap

# A server on free ports of the loopback with an empty capture directory; flags are
# added to its own.
# shellcheck disable=SC2120
start_test_server() {
  # Here, for a subshell does not inherit its parent's trap.
  trap kill_server EXIT
  mkdir -p "$TEST_TMPDIR/captures"
  start_server "$NETBUFD" "$TEST_TMPDIR/server.log" --port=0 --metrics_port=0 \
    --capture_dir="$TEST_TMPDIR/captures" "$@"
}

# grpcurl_to METHOD [JSON]: a call to the server, described by reflection.
grpcurl_to() {
  require_tool grpcurl
  grpcurl -plaintext -max-time 20 -d "${2:-{\}}" "$SERVER_ADDRESS" "$1"
}

# The server of the file's cases ends as it should; the last case of a file.
expect_server_ends_well() {
  local status=0
  stop_server || status=$?
  [[ "$status" == 0 ]] || {
    cat "$TEST_TMPDIR/server.log"
    fail "the server's exit code is $status"
  }
}
