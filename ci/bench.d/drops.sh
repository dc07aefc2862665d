# How soon it is known that a packet was dropped, and how soon all is gone at the end.

# A case with so many flows that a rule drops.
write_drops() {
  local number folder=$work/drops-$1
  mkdir -p "$folder"
  echo 'table ip t { chain in { type filter hook input priority 0; udp dport 53 drop; }; }' >"$folder/drop.nft"
  {
    printf '%s\n' "# Dropped again and again." "topology: lan" "rules: {W: {nft: drop.nft}}" "mutant: {W: {remove: t in rule 1}}" "flows:"
    for ((number = 1; number <= $1; ++number)); do echo "  f$number: udp M -> W:53"; done
    echo "checks:"
    for ((number = 1; number <= $1; ++number)); do echo "  f$number: {outcome: dropped}"; done
  } >"$folder/drop.yaml"
}
prepare_drops() {
  write_drops 1
  write_drops 101
  copies lan lan "$cases"
}

# What a hundred flows more take, each sent, proven dropped and judged.
round_drops() {
  floor drop drop 100
  rm -f "$work"/drops.*
  for _ in 1 2 3; do
    took drops.few "$work/drops-1" nft
    took drops.many "$work/drops-101" nft
  done
  echo $((($(median "$work/drops.many") - $(median "$work/drops.few")) / 100)) >>"$work/drop.fwproof"
  round_drain drain "$work/lan"
}

# From the last case's line to the exit, by when everything is gone: round_drain NAME FOLDER
round_drain() {
  local line last=$(now)
  while IFS= read -r line; do
    case $line in pass*) last=$(now) ;; esac
  done < <("$fwproof" run -j 1 --backend nft "$2" 2>&1; echo "pass $?" >"$work/drained")
  [ "$(cat "$work/drained")" = "pass 0" ] || { echo "error: a case of $2 did not pass" >&2; exit 1; }
  echo $(($(now) - last)) >>"$work/$1.fwproof"
}

rows_drops() {
  head_of_rows microseconds
  row drop "\"this is dropped\": sent, proven, judged" "most 1000"
  row drain "from the last result to the exit" "most 200000"
}
