# How time and memory grow with what a case holds: for each kind the sizes, the time from start to
# exit, the most memory that a process had, and by what factor both grew. Ten times as much may take
# ten times as long; what takes longer is marked.

growth_sizes() {
  case $1 in
    elements) echo 1000 10000 100000 ;;
    nodes | capture) echo 10 100 1000 ;;
    *) echo 100 1000 10000 ;;
  esac
}
growth_kinds=(rules-nft rules-iptables-nft rules-iptables-legacy elements nodes flood capture)

other_address() { echo "10.$(($1 >> 16)).$(($1 >> 8 & 255)).$(($1 & 255))"; }

write_rules() { # SIZE FOLDER
  local number
  {
    printf '%s\n' '*filter' ':INPUT DROP [0:0]' ':FORWARD ACCEPT [0:0]' ':OUTPUT ACCEPT [0:0]'
    for ((number = 1; number < $1; ++number)); do
      echo "-A INPUT -s $(other_address $number) -p tcp --dport 22 -j DROP"
    done
    printf '%s\n' '-A INPUT -p tcp --dport 22 -j ACCEPT' COMMIT
  } >"$2/w.rules"
  {
    printf '%s\n' 'table ip filter {' '  chain INPUT {' '    type filter hook input priority 0; policy drop;'
    for ((number = 1; number < $1; ++number)); do
      echo "    ip saddr $(other_address $number) tcp dport 22 drop"
    done
    printf '%s\n' '    tcp dport 22 accept' '  }' '}'
  } >"$2/w.nft"
  write_case "$2" "rules: {W: {iptables: w.rules, nft: w.nft}}" "tcp M -> W:22" \
    "outcome: connected, walk: {W: {syn: {contains: filter INPUT rule $1}}}" "W: {remove: filter INPUT rule $1}"
}
write_elements() {
  local number
  {
    printf '%s\n' 'table ip filter {' '  set known {' '    type ipv4_addr' '    elements = {'
    for ((number = 1; number < $1; ++number)); do echo "      $(other_address $number),"; done
    printf '%s\n' '      192.168.11.104 }' '  }' '  chain INPUT {' \
      '    type filter hook input priority 0; policy drop;' '    ip saddr @known accept' '  }' '}'
  } >"$2/w.nft"
  write_case "$2" "rules: {W: {nft: w.nft}}" "tcp M -> W:22" "outcome: connected" "W: {remove: filter INPUT rule 1}"
}
write_flood() {
  write_case "$2" "x-rules: none" "{send: udp M -> W:53, count: $1}" "outcome: answered" "W: {service: udp/53}"
}
# So many megabytes over lo, in packets of up to 64 KB.
write_capture() {
  cat >"$2/case.yaml" <<YAML
# What is large.
topology: lan
flows:
  bulk:
    exec:
      - bash
      - -c
      - |
        ncat --recv-only -l 127.0.0.1 5000 >/dev/null &
        until head -c ${1}000000 /dev/zero 2>/dev/null >/dev/tcp/127.0.0.1/5000; do :; done
        wait
    in: M
    deadline: 300s
checks: {bulk: {outcome: exited, capture: [{at: "M:lo", filter: tcp, packets: ">= $(($1 * 10))"}]}}
YAML
}
write_case() { # FOLDER RULES FLOW CHECKS MUTANT
  printf '%s\n' "# What is large." "topology: lan" "$2" "flows: {flow: $3}" "checks: {flow: {$4}}" "mutant: {$5}" \
    >"$1/case.yaml"
}

prepare_growth() {
  local kind size
  for kind in rules elements flood capture; do
    for size in $(growth_sizes "$kind"); do
      mkdir -p "$work/$kind-$size"
      "write_$kind" "$size" "$work/$kind-$size"
    done
  done
  for size in $(growth_sizes nodes); do star "$size"; done
}

grow() { # KIND SIZE FOLDER BACKEND
  build/bench/used "$work/used" "$fwproof" run --backend "$4" "$3" >"$work/out" 2>&1 ||
    { head -n 40 "$work/out" >&2; exit 1; }
  read -r us _ kib < <(tail -n 1 "$work/used")
  echo "$us" >>"$work/growth.$1.$2.us"
  echo "$kib" >>"$work/growth.$1.$2.kib"
}
round_growth() {
  local kind size
  for kind in "${growth_kinds[@]}"; do
    for size in $(growth_sizes "$kind"); do
      case $kind in
        rules-*) grow "$kind" "$size" "$work/rules-$size" "${kind#rules-}" ;;
        nodes) grow "$kind" "$size" "$work/star-$size/one" nft ;;
        *) grow "$kind" "$size" "$work/$kind-$size" nft ;;
      esac
    done
  done
}

# A bar whose length grows by the same for each factor of ten: from 1 ms.
bar() { awk "BEGIN { for (i = 0; i < 8 * log($1 / 1000) / log(10); ++i) printf \"#\" }"; }

rows_growth() {
  local kind size us kib last_us last_kib factor
  printf '\n%-24s %8s %10s %8s %10s %8s\n' "growth" size ms factor KiB factor
  for kind in "${growth_kinds[@]}"; do
    last_us=
    for size in $(growth_sizes "$kind"); do
      us=$(median "$work/growth.$kind.$size.us")
      kib=$(median "$work/growth.$kind.$size.kib")
      if [ -n "$last_us" ]; then
        factor=$(awk "BEGIN { printf \"x%.1f x%.1f\", $us / $last_us, $kib / $last_kib }")
      else
        factor="- -"
      fi
      printf '%-24s %8d %10s %8s %10d %8s  %s%s\n' "$kind" "$size" \
        "$(awk "BEGIN { printf \"%.1f\", $us / 1000 }")" "${factor% *}" "$kib" "${factor#* }" "$(bar "$us")" \
        "$([ -z "$last_us" ] || awk "BEGIN { if ($us > 12 * $last_us || $kib > 12 * $last_kib) print \"  more than linear\" }")"
      add_json "\"name\": \"growth $kind\", \"size\": $size, \"fwproof\": $us, \"kib\": $kib"
      last_us=$us last_kib=$kib
    done
  done
}
