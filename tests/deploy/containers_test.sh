#!/bin/bash
# The Dockerfile, the compose file and the Kubernetes manifests, as far as they can
# be judged without building an image or asking a cluster.

source tests/lib/shell_test.sh
source tests/lib/server.sh

readonly DOCKERFILE=deploy/docker/Dockerfile

require_yaml() {
  python3 -c 'import yaml' 2>/dev/null || skip "python3 has no yaml"
}

# kustomization DIRECTORY: what a cluster would be given.
kustomization() {
  local copy="$TEST_TMPDIR/kubernetes"
  # It follows no links, of which the test's directory is made.
  rm -rf "$copy"
  cp -rL deploy/kubernetes "$copy"
  if type -P kubectl >/dev/null; then
    kubectl kustomize "$copy/$1"
  else
    kustomize build "$copy/$1"
  fi
}

require_kustomize() {
  type -P kubectl >/dev/null || require_tool kustomize
}

# seconds TEXT: "45s" -> 45
seconds() { echo "${1%s}"; }

# Packages of the libraries that binaries name, without those of every Debian.
packages_of() {
  local libraries
  mapfile -t libraries < <(readelf -d "$@" |
    sed -n 's/.*(NEEDED).*\[\(.*\)\]/*\/\1/p' | sort -u)
  # One call: it reads the lists of all packages.
  dpkg-query -S "${libraries[@]}" | cut -d: -f1 |
    grep -vxE 'libc6|libgcc-s1|libc6-.*|lib32.*|libx32.*' | sort -u
}

test_the_image_has_the_libraries_that_the_binaries_need() {
  require_tool readelf
  local package packages
  packages="$(packages_of server/netbufd client/cli/netbufctl)"
  expect_contains "$packages" "libgrpc++1.51"
  for package in $packages; do
    grep -qxF "    $package \\" "$DOCKERFILE" || fail "the image has no $package"
  done
}

test_the_image_runs_as_nobody_in_particular() {
  expect_equal "USER 10001" "$(grep '^USER' "$DOCKERFILE" | tail -1)"
  # The exec form: netbufd itself gets the signal.
  expect_equal 'ENTRYPOINT ["netbufd"]' "$(grep '^ENTRYPOINT' "$DOCKERFILE")"
  expect_equal 'STOPSIGNAL SIGTERM' "$(grep '^STOPSIGNAL' "$DOCKERFILE")"
}

test_the_health_check_is_a_command_of_netbufctl() {
  expect_contains "$(cat "$DOCKERFILE")" \
    'CMD ["netbufctl", "--quiet", "--timeout=3s", "health"]'
  # Nobody serves there: the command line is right, the call fails.
  expect_exit 78 client/cli/netbufctl --quiet --timeout=3s health \
    --address=127.0.0.1:1
}

test_the_build_stage_installs_what_building_needs() {
  local packages
  # As the Dockerfile takes them from the list.
  packages="$(sed '/^# Sanitizers/,$d; s/#.*//' tools/packages.txt | xargs)"
  expect_contains "$(cat "$DOCKERFILE")" "sed '/^# Sanitizers/,\$d; s/#.*//' tools/packages.txt"
  expect_contains " $packages " " bazel-bootstrap "
  expect_contains " $packages " " libgrpc++-dev "
}

test_every_environment_variable_is_a_flag() {
  local variable flag help
  help="$(server/netbufd --help)"
  for variable in $(grep -ohE 'NETBUFD_[A-Z_]+' "$DOCKERFILE" \
    deploy/compose/compose.yaml deploy/kubernetes/base/deployment.yaml | sort -u); do
    flag="$(tr '[:upper:]' '[:lower:]' <<<"${variable#NETBUFD_}")"
    expect_contains "$help" "--$flag "
  done
}

test_compose_has_server_prometheus_grafana_and_a_load_profile() {
  require_yaml
  local lines
  lines="$(python3 tests/deploy/yaml_lines.py <deploy/compose/compose.yaml)"
  expect_line "$lines" "services.server.build.dockerfile=$DOCKERFILE"
  expect_line "$lines" "services.server.environment.NETBUFD_CONFIG=/etc/netbufd/netbufd.txtpb"
  expect_line "$lines" "services.prometheus.depends_on.server.condition=service_healthy"
  expect_line "$lines" "services.grafana.environment.PROMETHEUS_URL=http://prometheus:9090"
  expect_line "$lines" "services.ghz.profiles[0]=load"
  # Each file where its reader looks for it.
  for mount in ../config:/etc/netbufd:ro \
    ../prometheus/prometheus.yml:/etc/prometheus/prometheus.yml:ro \
    ../prometheus/rules:/etc/prometheus/rules:ro \
    ./targets:/etc/prometheus/targets:ro \
    ../grafana/provisioning:/etc/grafana/provisioning:ro \
    ../grafana/dashboards:/var/lib/grafana/dashboards:ro; do
    grep -qE "^services\.[a-z]+\.volumes\[[0-9]\]=$mount\$" <<<"$lines" ||
      fail "nobody mounts $mount"
    [[ -e "deploy/compose/${mount%%:*}" ]] || fail "there is no ${mount%%:*}"
  done
  (($(seconds "$(sed -n 's/^services.server.stop_grace_period=//p' <<<"$lines")") > 20))
  # Prometheus reads the targets where they are mounted.
  expect_contains "$(cat deploy/prometheus/prometheus.yml)" "- targets/*.yml"
  expect_line "$(python3 tests/deploy/yaml_lines.py <deploy/compose/targets/compose.yml)" \
    "[0].targets[0]=server:9464"
}

netbufctl() { client/cli/netbufctl --address="$SERVER_ADDRESS" "$@"; }

# What ghz is offered, as paths from the root of the repository.
offered_ghz_configs() {
  sed -nE 's|^services\.ghz\.volumes\[[0-9]+\]=\.\./\.\./(.*):/ghz_configs/[a-z0-9_]+\.json:ro$|\1|p'
}

test_compose_offers_ghz_what_the_configured_server_has() {
  require_yaml
  local lines config configs names name
  lines="$(python3 tests/deploy/yaml_lines.py <deploy/compose/compose.yaml)"
  # shellcheck disable=SC2016  # The variable is for Compose.
  expect_line "$lines" \
    'services.ghz.command[0]=--config=/ghz_configs/${GHZ_CONFIG:-smoke}.json'
  mapfile -t configs < <(offered_ghz_configs <<<"$lines")
  expect_equal "$(grep -c '^services\.ghz\.volumes' <<<"$lines")" "${#configs[@]}"
  expect_contains " ${configs[*]} " " tests/load/ghz/smoke.json "
  for config in "${configs[@]}"; do
    # Offered under its own name.
    expect_contains "$lines" "=../../$config:/ghz_configs/${config##*/}:ro"
  done
  trap kill_server EXIT
  start_server server/netbufd "$TEST_TMPDIR/server.log" --port=0 --metrics_port=0 \
    --config=deploy/config/netbufd.txtpb
  names="$(grep -ohE '"protocols/[^"]+"' "${configs[@]}" | tr -d '"' | sort -u)"
  expect_contains "$names" "/bindings/"
  expect_contains "$names" "/netBufferListPools/"
  for name in $names; do
    case "$name" in
      */bindings/*) expect_exit 0 netbufctl binding get "$name" ;;
      */netBufferListPools/*) expect_exit 0 netbufctl nbl-pool get "$name" ;;
      *) fail "no kind of thing is known that is called $name" ;;
    esac
  done
  # So that the loop can fail.
  expect_exit 69 netbufctl nbl-pool get protocols/load/netBufferListPools/absent
}

test_compose_has_the_ghz_that_dev_load_has() {
  require_yaml
  local version
  version="$(sed -n 's/^readonly GHZ_VERSION=v\([0-9.]*\) .*/\1/p' tools/dev/common.sh)"
  # Images are named without the v of the release.
  expect_line "$(python3 tests/deploy/yaml_lines.py <deploy/compose/compose.yaml)" \
    "services.ghz.image=ghcr.io/bojand/ghz:$version"
}

test_compose_publishes_on_the_loopback_only() {
  require_yaml
  local lines
  lines="$(python3 tests/deploy/yaml_lines.py <deploy/compose/compose.yaml)"
  expect_equal 4 "$(grep -c '\.ports\[[0-9]\]=127\.0\.0\.1:' <<<"$lines")"
  expect_equal 4 "$(grep -c '\.ports\[' <<<"$lines")"
}

test_kubernetes_asks_over_grpc_and_waits_for_the_drain() {
  require_yaml
  require_kustomize
  local lines pod=Deployment/netbufd.spec.template.spec
  lines="$(kustomization monitoring |
    python3 tests/deploy/yaml_lines.py)"
  expect_line "$lines" "$pod.containers[0].startupProbe.grpc.port=50051"
  expect_line "$lines" "$pod.containers[0].livenessProbe.grpc.port=50051"
  expect_line "$lines" "$pod.containers[0].readinessProbe.grpc.service=netbuf.v1.DataPathService"
  expect_line "$lines" "$pod.securityContext.runAsNonRoot=True"
  expect_line "$lines" "$pod.containers[0].securityContext.readOnlyRootFilesystem=True"
  expect_line "$lines" "ServiceMonitor/netbufd.spec.endpoints[0].port=metrics"
  # The drain, and the engine's end: as long again.
  local drain grace
  drain="$(grep -A1 'name=NETBUFD_DRAIN_TIMEOUT' <<<"$lines" | sed -n 's/.*value=//p')"
  grace="$(sed -n "s|^$pod.terminationGracePeriodSeconds=||p" <<<"$lines")"
  ((grace > 2 * $(seconds "$drain")))
}

test_kubernetes_selectors_find_the_pod_and_nothing_else_is_asked_of_clients() {
  require_yaml
  require_kustomize
  local lines name=app.kubernetes.io/name
  lines="$(kustomization base | python3 tests/deploy/yaml_lines.py)"
  expect_line "$lines" "Deployment/netbufd.spec.template.metadata.labels.$name=netbufd"
  expect_line "$lines" "Deployment/netbufd.spec.selector.matchLabels.$name=netbufd"
  expect_line "$lines" "Service/netbufd.spec.selector.$name=netbufd"
  expect_line "$lines" "NetworkPolicy/netbufd.spec.podSelector.matchLabels.$name=netbufd"
  expect_equal "NetworkPolicy/netbufd.spec.ingress[0].from[0].podSelector.matchLabels.netbufd-client=true" \
    "$(grep '\.ingress\[0\].*podSelector' <<<"$lines")"
}

test_kubernetes_mounts_a_valid_configuration() {
  expect_exit 0 server/netbufd --validate_config \
    --config=deploy/kubernetes/base/netbufd.txtpb
  expect_contains "$OUT" "ok: "
  cmp deploy/config/netbufd.txtpb deploy/kubernetes/base/netbufd.txtpb
}

run_tests "$@"
