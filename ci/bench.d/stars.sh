# Large networks: built, all connecting to one, and the memory they take.

stars=(10 100 1000)

prepare_stars() {
  local count
  for count in "${stars[@]}"; do star "$count"; done
}

round_stars() {
  local count most=${stars[-1]}
  for count in "${stars[@]}"; do
    settle
    floor "star$count" star 1 "$count"
    settle
    took "star$count.fwproof" "$work/star-$count/one" nft
  done
  settle
  floor connect connect 1 "$most"
  settle
  floor connect-traced connect-traced 1 "$most"
  settle
  rm -f "$work"/connect.whole
  took connect.whole "$work/star-$most/all" nft
  echo $(($(median "$work/connect.whole") - $(median "$work/star$most.fwproof"))) >>"$work/connect.fwproof"
  tail -n 1 "$work/connect.fwproof" >>"$work/connect-traced.fwproof"
  rm -f "$work/star.used"
  build/bench/used "$work/star.used" "$fwproof" run --backend nft "$work/star-$most/one" >"$work/out" 2>&1
  cut -d ' ' -f 3 "$work/star.used" >>"$work/memory.fwproof"
}

rows_stars() {
  local count
  head_of_rows microseconds
  for count in "${stars[@]}"; do row "star$count" "star of $count nodes, built, one ping judged" 1.5; done
  row connect "all of ${stars[-1]} connect to one" 2
  row connect-traced "the same; the floor traced" 2
  head_of_rows KiB
  row memory "fwproof with ${stars[-1]} nodes, at its most" "most 65536"
}
