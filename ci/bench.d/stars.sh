# Large networks: built, all connecting to one, and the memory they take.

stars=(10 100 1000)

prepare_stars() {
  local count
  for count in "${stars[@]}"; do star "$count"; done
}

round_stars() {
  local count most=${stars[-1]}
  for count in "${stars[@]}"; do
    floor "star$count" star 1 "$count"
    took "star$count.fwproof" "$work/star-$count/one" nft
  done
  floor connect connect 1 "$most"
  rm -f "$work"/connect.whole "$work"/connect.known
  took connect.whole "$work/star-$most/all" nft
  echo $(($(median "$work/connect.whole") - $(median "$work/star$most.fwproof"))) >>"$work/connect.fwproof"
  rm -f "$work/star.used"
  build/bench/used "$work/star.used" "$fwproof" run --backend nft "$work/star-$most/one" >"$work/out" 2>&1
  cut -d ' ' -f 3 "$work/star.used" >>"$work/memory.fwproof"
  build/bench/floor memory "$most" >>"$work/node-memory.fwproof"
}

rows_stars() {
  local count
  head_of_rows microseconds
  for count in "${stars[@]}"; do row "star$count" "star of $count nodes, built, one ping judged" 1.5; done
  row connect "all of ${stars[-1]} connect to one" 2
  head_of_rows KiB
  row memory "fwproof with ${stars[-1]} nodes, at its most" "most 65536"
  row node-memory "the kernel, for each node" "most 400"
}
