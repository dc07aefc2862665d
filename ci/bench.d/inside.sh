# The parts inside one process: inside.cc, built where the package libbenchmark-dev is.

inside=build/release/inside_bench
prepare_inside() { ci/build release inside_bench; }

round_inside() {
  "$inside" --benchmark_min_time=0.2 --benchmark_format=csv 2>"$work/out" >"$work/inside.csv" ||
    { cat "$work/out" >&2; exit 1; }
  grep -E '^"[a-z]' "$work/inside.csv" | while IFS=, read -r name _ real _; do
    name=${name//\"/}
    echo "$name" >>"$work/inside.names"
    awk "BEGIN { printf \"%d\\n\", $real * 1000 }" >>"$work/inside.${name//\//.}"
    case $name in let_a_network_go/*) awk "BEGIN { printf \"%.0f\\n\", $real }" >>"$work/teardown.fwproof" ;; esac
  done
  floor teardown teardown 20
}

rows_inside() {
  local name figure
  printf '\n%-46s %10s\n' "microseconds inside one process" median
  awk '!seen[$0]++' "$work/inside.names" | while IFS= read -r name; do
    printf '%-46s %10s\n' "${name%%/iterations*}" \
      "$(awk "BEGIN { printf \"%.2f\", $(median "$work/inside.${name//\//.}") / 1000 }")"
  done
  while IFS= read -r name; do
    figure=$(median "$work/inside.${name//\//.}")
    add_json "\"name\": \"inside ${name%%/iterations*}\", \"fwproof_ns\": $figure"
  done < <(awk '!seen[$0]++' "$work/inside.names")
  head_of_rows microseconds
  row teardown "a network let go of, before the next case" "most 100"
}
