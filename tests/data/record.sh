#!/bin/bash
# Records the captures of this directory anew, from real traffic between two
# network namespaces joined by a veth pair. See README.md for what each holds.
#
#   sudo tests/data/record.sh        (needs root; ethtool, iputils-ping, tcpdump,
#                                     tshark, curl, python3)
#
# Nothing leaves the machine, and every address is from the ranges set aside for
# documentation (RFC 5737, RFC 3849) or link-local ones made from the two MACs.

set -euo pipefail
cd "$(dirname "$0")"

readonly LEFT=netbufd-left RIGHT=netbufd-right
readonly LEFT_MAC=02:00:00:00:00:01 RIGHT_MAC=02:00:00:00:00:02
readonly LEFT_IP=192.0.2.1 RIGHT_IP=192.0.2.2
readonly LEFT_IP6=2001:db8::1 RIGHT_IP6=2001:db8::2

work="$(mktemp -d)"
children=()

cleanup() {
  local child
  for child in "${children[@]}"; do
    kill "$child" 2>/dev/null || true
  done
  ip netns del "$LEFT" 2>/dev/null || true
  ip netns del "$RIGHT" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

left() { ip netns exec "$LEFT" "$@"; }
right() { ip netns exec "$RIGHT" "$@"; }

# The offloads that merge segments and leave checksums to hardware, on or off.
set_offloads() {
  local feature
  for feature in tso gso gro tx; do
    left ethtool -K veth0 "$feature" "$1" >/dev/null
    right ethtool -K veth0 "$feature" "$1" >/dev/null
  done
}

make_namespaces() {
  ip netns add "$LEFT"
  ip netns add "$RIGHT"
  ip -n "$LEFT" link add veth0 address "$LEFT_MAC" type veth \
    peer name veth0 address "$RIGHT_MAC" netns "$RIGHT"
  ip -n "$LEFT" addr add "$LEFT_IP/24" broadcast + dev veth0
  ip -n "$RIGHT" addr add "$RIGHT_IP/24" broadcast + dev veth0
  ip -n "$LEFT" addr add "$LEFT_IP6/64" dev veth0
  ip -n "$RIGHT" addr add "$RIGHT_IP6/64" dev veth0
  set_offloads off
}

# Starts tcpdump in the left namespace: start_capture INTERFACE FILE [OPTION...].
start_capture() {
  local interface="$1" file="$2"
  shift 2
  ip netns exec "$LEFT" tcpdump --immediate-mode -U -i "$interface" \
    -w "$file" "$@" 2>"$work/tcpdump.log" &
  capture=$!
  children+=("$capture")
  until grep -q 'listening on' "$work/tcpdump.log"; do sleep 0.1; done
}

stop_capture() {
  sleep 0.5
  kill "$capture"
  wait "$capture" || true
}

# Serves files, DNS answers and a byte sink in the right namespace.
start_servers() {
  mkdir "$work/www"
  head -c 20000 /dev/zero | tr '\0' 'n' >"$work/www/page.txt"
  echo '<html><body>netbufd</body></html>' >"$work/www/index.html"
  ip netns exec "$RIGHT" python3 -m http.server --directory "$work/www" \
    --bind :: 80 \
    >/dev/null 2>&1 &
  children+=($!)
  ip netns exec "$RIGHT" python3 traffic.py serve &
  children+=($!)
  until left curl -sf --max-time 1 "http://$RIGHT_IP/" >/dev/null; do
    sleep 0.1
  done
}

ordinary_traffic() {
  # The link comes up under the capture, so that its first frames are IPv6's own:
  # duplicate address detection, multicast listener reports, solicitations.
  left ping -q -c 10 -i 0.05 "$RIGHT_IP" >/dev/null
  left ping -q -c 5 -i 0.05 -s 1472 "$RIGHT_IP" >/dev/null
  left ping -q -c 5 -i 0.05 "$RIGHT_IP6" >/dev/null
  left ping -q -c 2 -i 0.05 ff02::1%veth0 >/dev/null
  left python3 traffic.py names "$RIGHT_IP"
  left python3 traffic.py announce veth0
  local path
  for path in / /page.txt /absent.txt; do
    left curl -s "http://$RIGHT_IP$path" -o /dev/null
    left curl -s "http://[$RIGHT_IP6]$path" -o /dev/null
  done
  left python3 traffic.py bulk "$RIGHT_IP" 60000
  left python3 traffic.py bulk "$RIGHT_IP6" 60000
}

record_ordinary() {
  ip -n "$LEFT" link set lo up
  ip -n "$RIGHT" link set lo up
  ip -n "$LEFT" link set veth0 up
  start_capture veth0 "$work/veth.pcap" --time-stamp-precision=nano
  ip -n "$RIGHT" link set veth0 up
  sleep 3
  start_servers
  ordinary_traffic
  stop_capture
  cp "$work/veth.pcap" veth.pcap
}

record_offloaded() {
  set_offloads on
  start_capture veth0 "$work/offload.pcap" --time-stamp-precision=nano tcp
  left python3 traffic.py bulk "$RIGHT_IP" 90000
  stop_capture
  set_offloads off
  cp "$work/offload.pcap" offload.pcap
}

record_not_ethernet() {
  start_capture any "$work/cooked.pcap" -y LINUX_SLL
  left ping -q -c 5 -i 0.05 "$RIGHT_IP" >/dev/null
  left ping -q -c 5 -i 0.05 127.0.0.1 >/dev/null
  stop_capture
  cp "$work/cooked.pcap" cooked.pcap
}

derive() {
  editcap -F pcap -r veth.pcap veth-us.pcap 1-100
  editcap -F pcapng -r veth.pcap veth.pcapng 1-100
  editcap -F nsecpcap -s 96 -r veth.pcap sliced.pcap 1-100
  # Ends in the middle of a frame, as a full disk or a killed tcpdump leaves it.
  head -c -30 veth-us.pcap >truncated.pcap
  # The 51st frame claims 2 GiB: its incl_len is at byte 8 of its record.
  python3 traffic.py break-length veth-us.pcap bad-length.pcap 50
}

make_namespaces
record_ordinary
record_offloaded
record_not_ethernet
derive
capinfos -T -c -M -l -t -z ./*.pcap ./*.pcapng 2>/dev/null || true
