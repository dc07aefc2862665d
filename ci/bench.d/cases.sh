# Whole cases, the command line, and the rate of a suite.

prepare_cases() {
  copies lan lan "$cases"
  copies nat nat "$cases"
  copies many nat $((cases * 10))
  copies other-rules nat $((cases * 10))
  local number
  for ((number = 1; number <= cases * 10; ++number)); do  # so that no two are the same
    { cat ci/bench.d/nat.nft; echo "# $number"; } >"$work/other-rules/nat-$number.nft"
    sed -i "s/nat\.nft/nat-$number.nft/" "$work/other-rules/nat-$number.yaml"
  done
  # As nobody's iptables-save writes it: see ci/README.md.
  copies without-policies nat "$cases"
  grep -v '^:' ci/bench.d/nat.rules >"$work/without-policies/nat.rules"
  copies one lan 1
}

# Microseconds for each of many NAT cases, all processors at work: round_rate NAME FOLDER WHAT
# [OPTION...], where WHAT is the bare program's.
round_rate() {
  local start=$(now) processor
  for ((processor = 0; processor < $(nproc); ++processor)); do
    build/bench/floor "$3" "$((cases * 5))" ci/bench.d/nat.nft >"$work/out.$processor" &
  done
  wait
  echo $((($(now) - start) / (cases * 5 * $(nproc)))) >>"$work/$1.floor"
  start=$(now)
  run_green --backend nft "${@:4}" "$work/$2"
  echo $((($(now) - start) / (cases * 10))) >>"$work/$1.fwproof"
}

round_cases() {
  floor lan lan "$cases"; took lan.fwproof "$work/lan" nft
  floor nat nat "$cases" ci/bench.d/nat.nft; took nat.fwproof "$work/nat" nft
  floor nat-restore nat-restore "$cases" ci/bench.d/nat.rules
  took nat-restore.fwproof "$work/nat" iptables-nft
  floor without-policies nat-restore "$cases" "$work/without-policies/nat.rules"
  took without-policies.fwproof "$work/without-policies" iptables-nft
  for _ in 1 2 3 4 5; do
    whole command-line.floor build/bench/floor lan 1
    whole command-line.fwproof "$fwproof" run --backend nft "$work/one"
  done
  round_rate suite many nat --isolate
  round_rate reloaded other-rules kept
  round_rate kept many kept-traced
}

rows_cases() {
  head_of_rows microseconds
  row lan "LAN case: build, TCP echo, judged" 2
  row nat "NAT case, rules in process" 2
  row nat-restore "NAT case, rules by iptables-restore" 1.5
  row without-policies "the same, without lines of policies" 1.5
  row command-line "one LAN case, process start to exit" 3
  row suite "NAT case, $(nproc) at a time, for each" 1.67
  row reloaded "the same, topology kept, rules reloaded" "most 400"
  row kept "the same, rules the same; the floor traced" "most 400"
}
