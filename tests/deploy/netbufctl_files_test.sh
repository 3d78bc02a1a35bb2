#!/bin/bash
# What netbufctl writes for others to read: completions that their shells accept,
# and the manual page, which is the one that is kept.

source tests/lib/shell_test.sh

readonly NETBUFCTL=client/cli/netbufctl

# completes EXPECTED WORD...: what bash offers with the cursor in the last word.
completes() {
  local expected="$1"
  shift
  COMP_WORDS=(netbufctl "$@")
  COMP_CWORD=$#
  _netbufctl
  expect_equal "$expected" "${COMPREPLY[*]}"
}

test_bash_completes_commands_options_and_choices() {
  # shellcheck source=/dev/null
  source <("$NETBUFCTL" completion bash)
  expect_contains "$(complete -p netbufctl)" "-F _netbufctl netbufctl"
  completes "adapter" ad
  completes "create" adapter cr
  completes "--mac --mtu --max-multicast" adapter create --m
  completes "--address" adapter get --add
  completes "fail drop queue" --address x adapter create --link-down-policy ""
  completes "bash" completion b
  # A value of no known kind: the shell completes files.
  completes "" adapter create --mtu ""
}

test_zsh_reads_its_completion() {
  require_tool zsh
  "$NETBUFCTL" completion zsh >"$TEST_TMPDIR/_netbufctl"
  zsh -n "$TEST_TMPDIR/_netbufctl"
  expect_exit 0 zsh -fc "autoload -U compinit
    compinit -u -d '$TEST_TMPDIR/dump'
    source '$TEST_TMPDIR/_netbufctl'
    print \${_comps[netbufctl]}"
  expect_equal _netbufctl "$OUT"
}

test_fish_completes_commands_and_choices() {
  require_tool fish
  export HOME="$TEST_TMPDIR" XDG_CONFIG_HOME="$TEST_TMPDIR"
  "$NETBUFCTL" completion fish >"$TEST_TMPDIR/netbufctl.fish"
  expect_exit 0 fish -c "source '$TEST_TMPDIR/netbufctl.fish'
    complete -C 'netbufctl adapter cr'
    complete -C 'netbufctl adapter create --link-down-policy q'"
  expect_equal "create
queue" "$(cut -f1 <<<"$OUT")"
}

test_the_manual_page_is_the_one_that_is_kept() {
  expect_exit 0 diff -u deploy/man/netbufctl.1 <("$NETBUFCTL" man)
}

test_the_manual_page_is_well_formed() {
  require_tool mandoc
  # It has no date, so that it changes when the program does and not before.
  expect_equal "" "$(mandoc -T lint -W warning deploy/man/netbufctl.1 |
    grep -v 'missing date' || true)"
}

test_a_server_that_is_away_is_one_line() {
  expect_exit 78 "$NETBUFCTL" --address 127.0.0.1:1 health
  expect_equal "error: cannot reach netbufd at 127.0.0.1:1: connection refused; \
check that it runs there, or give another --address (or NETBUFCTL_ADDRESS)" "$ERR"
}

run_tests "$@"
