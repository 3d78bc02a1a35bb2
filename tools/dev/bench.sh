# shellcheck shell=bash
# ./dev bench [WORD] [-- FLAG...]: builds and runs the benchmarks whose label holds
# the word, with the flags. Fails when a ratio is short. Sourced by ./dev.

readonly POOL_BENCHMARK=//tests/benchmark:pool_benchmark
# Measurements of which instructions and misses are counted, and their peers.
readonly COUNTED=(pair_lifo pair_bulk pair_random)
readonly COUNTED_SIDES=(netbufd dpdk_pktmbuf dpdk_mempool)

# Measurements of two threads, of which the lines that they pass are counted.
readonly LINE_TRANSFERS=//tests/benchmark:pool_line_transfers
readonly TRANSFERRED=(hand_over hand_over_bulk)
readonly TRANSFERRED_SIDES=(netbufd least dpdk_pktmbuf dpdk_mempool)

# events BINARY MEASUREMENT PAIRS: of the whole process, instructions, loads, stores,
# misses of a first-level data cache of 32 KiB and of a second-level one of 1 MiB.
events() {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null --cache-sim=yes \
    --D1=32768,8,64 --LL=1048576,8,64 "$1" --once "$2" "$3" 2>&1 |
    awk '/Collected/ { sub(/.*: /, ""); print $1, $2, $3, $5 + $6, $8 + $9 }'
}

# What a pair costs that does not depend on what else the machine does, a line a
# workload. The difference of two runs, so that the start does not count.
print_events() {
  local binary="$1" workload side few=65536 many=131072
  local instructions memory misses ir dr dw d1 l2
  for workload in "${COUNTED[@]}"; do
    instructions="INSTRUCTIONS $workload"
    memory="LOADS/STORES $workload"
    misses="MISSES $workload"
    for side in "${COUNTED_SIDES[@]}"; do
      read -r ir dr dw d1 l2 < <(awk -v pairs=$((many - few)) \
        '{ for (i = 1; i <= 5; i++) e[NR, i] = $i }
         END { for (i = 1; i <= 5; i++) printf "%.2f ", (e[2, i] - e[1, i]) / pairs
               print "" }' \
        <(events "$binary" "$workload/$side" $few) \
        <(events "$binary" "$workload/$side" $many))
      instructions+=" $side=$ir"
      memory+=" $side=$dr/$dw"
      misses+=" $side=$d1/$l2"
    done
    say "$instructions"
    say "$memory"
    say "$misses"
  done
}

# transfers BINARY MEASUREMENT PAIRS: lines that went between processors in all.
transfers() {
  GLIBC_TUNABLES=glibc.rtld.optional_static_tls=16384 "$1" --once "$2" "$3" 2>&1 |
    awk '/^line transfers:/ { print $3 }'
}

# Of the workloads of two threads, how many lines go from one to the other for a
# pair: the median of five differences of two runs.
print_transfers() {
  local binary workload side line runs few=65536 many=196608
  say "dev: building $LINE_TRANSFERS, whose loads and stores are counted"
  bazel_run build --config=transfers "$LINE_TRANSFERS"
  binary="bazel-bin/${LINE_TRANSFERS#//}"
  binary="${binary/://}"
  for workload in "${TRANSFERRED[@]}"; do
    line="TRANSFERS $workload"
    for side in "${TRANSFERRED_SIDES[@]}"; do
      runs=()
      for _ in 1 2 3 4 5; do
        runs+=("$(($(transfers "$binary" "$workload/$side" $many) - \
          $(transfers "$binary" "$workload/$side" $few)))")
      done
      line+=" $side=$(printf '%s\n' "${runs[@]}" | sort -n |
        awk -v pairs=$((many - few)) 'NR == 3 { printf "%.2f", $1 / pairs }')"
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
    if [[ "$label" == "$POOL_BENCHMARK" ]] && (($# == 0)); then
      print_events "$binary"
      print_transfers
    fi
  done
  return "$status"
}
