# shellcheck shell=bash
# ./dev bench [WORD] [-- FLAG...]: builds and runs the benchmarks whose label holds
# the word, with the flags. Fails when a ratio is short. Sourced by ./dev.

readonly POOL_BENCHMARK=//tests/benchmark:pool_benchmark
# Measurements of which instructions are counted, and their peers.
readonly COUNTED=(pair_lifo pair_bulk pair_random)
readonly COUNTED_SIDES=(netbufd dpdk_pktmbuf dpdk_mempool)

# instructions BINARY MEASUREMENT PAIRS: of the whole process.
instructions() {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$1" --once "$2" "$3" \
    2>&1 | awk '/Collected/ { print $NF }'
}

# One line a workload: instructions a pair, which do not depend on what else the
# machine does. The difference of two runs, so that the start does not count.
print_instructions() {
  local binary="$1" workload side few=65536 many=131072 line
  for workload in "${COUNTED[@]}"; do
    line="INSTRUCTIONS $workload"
    for side in "${COUNTED_SIDES[@]}"; do
      line+="$(awk -v side="$side" -v pairs=$((many - few)) \
        -v few="$(instructions "$binary" "$workload/$side" $few)" \
        -v many="$(instructions "$binary" "$workload/$side" $many)" \
        'BEGIN { printf " %s=%.1f", side, (many - few) / pairs }')"
    done
    say "$line"
  done
}

run_bench() {
  local word='' label binary status=0 labels packages
  if (($# > 0)) && [[ "$1" != -- ]]; then
    word="$1"
    shift
  fi
  [[ "${1:-}" != -- ]] || shift
  mapfile -t labels < <(bazel query --noshow_progress \
    'kind("cc_binary rule", attr(tags, "\bbenchmark\b", //...))' 2>/dev/null |
    grep -F -- "$word")
  ((${#labels[@]})) || die "no benchmark has '$word' in its name"
  mapfile -t packages < <(sed 's/#.*//; /^$/d' tools/bench_packages.txt)
  ensure_packages "${packages[@]}"
  build_optimised "${labels[@]}"
  for label in "${labels[@]}"; do
    say "== $label =="
    binary="bazel-bin/${label#//}"
    binary="${binary/://}"
    # Room for the thread-local data of an allocator that is loaded late.
    GLIBC_TUNABLES=glibc.rtld.optional_static_tls=16384 "$binary" "$@" || status=1
    [[ "$label" != "$POOL_BENCHMARK" ]] || (($# > 0)) || print_instructions "$binary"
  done
  return "$status"
}
