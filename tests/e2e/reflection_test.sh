#!/bin/bash
# grpcurl, which knows nothing of netbufd, can list, describe and ask the health of
# every service through reflection.

source tests/e2e/lib.sh

# The services of the .proto files, with their package.
services() {
  sed -n 's/^service \([A-Za-z]*\) {$/netbuf.v1.\1/p' proto/netbuf/v1/*.proto
}

# The text between the braces, comments and empty lines aside.
bare() { sed -e 's,^ *//.*,,' -e '/^ *$/d'; }

test_list_names_every_service() {
  require_tool grpcurl
  local list service count=0
  list="$(grpcurl -plaintext "$SERVER_ADDRESS" list)"
  for service in $(services) grpc.health.v1.Health \
    grpc.reflection.v1alpha.ServerReflection; do
    expect_line "$list" "$service"
    count=$((count + 1))
  done
  ((count > 8))
}

test_describe_agrees_with_the_proto_files() {
  require_tool grpcurl
  local service file by_file by_reflection files=()
  for file in proto/netbuf/v1/*_service.proto; do
    files+=(-proto "${file#proto/}")
  done
  for service in $(services); do
    by_file="$(grpcurl -import-path proto "${files[@]}" describe "$service" |
      bare)"
    by_reflection="$(grpcurl -plaintext "$SERVER_ADDRESS" describe "$service" |
      bare)"
    expect_contains "$by_reflection" "service "
    expect_equal "$by_file" "$by_reflection"
  done
}

test_every_message_a_method_takes_can_be_described() {
  require_tool grpcurl
  local service message
  for service in $(services); do
    for message in $(grpcurl -plaintext "$SERVER_ADDRESS" describe "$service" |
      grep -o '\.netbuf\.v1\.[A-Za-z]*' | sort -u); do
      expect_contains \
        "$(grpcurl -plaintext "$SERVER_ADDRESS" describe "$message")" "message "
    done
  done
}

test_health_is_serving_for_the_server_and_each_service() {
  require_tool grpcurl
  local service
  for service in "" $(services); do
    expect_contains "$(grpcurl_to grpc.health.v1.Health/Check \
      "{\"service\": \"$service\"}")" '"status": "SERVING"'
  done
}

test_health_of_an_unknown_service_is_not_found() {
  require_tool grpcurl
  expect_exit 69 grpcurl_to grpc.health.v1.Health/Check '{"service": "absent"}'
  expect_contains "$ERR" "Code: NotFound"
}

test_a_call_described_by_reflection_works() {
  require_tool grpcurl
  expect_contains "$(grpcurl_to netbuf.v1.AdapterService/CreateAdapter \
    '{"adapterId": "a1", "adapter": {"simulated": {}}}')" \
    '"name": "adapters/a1"'
}

start_test_server
run_tests "$@"
expect_server_ends_well
