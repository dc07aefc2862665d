# Taking measurements, one a line into files of $work, and telling them.

now() { echo "${EPOCHREALTIME/./}"; }

# Microseconds of the bare program: floor NAME WHAT...
floor() { build/bench/floor "${@:2}" >>"$work/$1.floor"; }

# Waits until the kernel has cleared away the namespaces that were let go of: with a thousand of them
# whatever is measured next would take half as long again.
settle() { build/bench/floor settle 1 >/dev/null; }

# Runs fwproof; it must be green.
run_green() {
  "$fwproof" run "$@" >"$work/out" 2>&1 || { head -n 40 "$work/out" >&2; exit 1; }
}

# Microseconds of each case of a folder on a backend, all built anew: took FILE FOLDER BACKEND
took() {
  run_green --isolate -j 1 --backend "$3" --json "$work/out.json" "$2"
  sed -n 's/^ *"took_us": \([0-9]*\).*/\1/p' "$work/out.json" >>"$work/$1"
}

# Microseconds of a command from start to exit: whole FILE COMMAND...
whole() {
  local start=$(now)
  "${@:2}" >"$work/out" 2>&1 || { cat "$work/out" >&2; exit 1; }
  echo $(($(now) - start)) >>"$work/$1"
}

# Median and the tenth and ninetieth of a hundred.
spread() {
  sort -n "$1" | awk '{ v[NR] = $1 }
    END { printf "%d %d %d", v[int((NR + 1) / 2)], v[int((NR + 9) / 10)], v[int((NR * 9 + 9) / 10)] }'
}
median() { spread "$1" | cut -d ' ' -f 1; }

json=
add_json() { json+="${json:+,
}  {$1}"; }
write_json() { printf '[\n%s\n]\n' "$json" >"$1"; }

head_of_rows() {
  printf '\n%-46s %27s %27s  %6s  %s\n' "$1: median (10% - 90%)" floor fwproof ratio goal
}
# row NAME TITLE GOAL: a ratio that is the most to be reached, or with "most" before it a figure.
# What has no floor has no file NAME.floor.
row() {
  local floor=(0 0 0) own ratio=0 shown=- kind=ratio goal=$3
  read -r -a own <<<"$(spread "$work/$1.fwproof")"
  if [ -e "$work/$1.floor" ]; then
    read -r -a floor <<<"$(spread "$work/$1.floor")"
    ratio=$(awk "BEGIN { printf \"%.2f\", ${own[0]} / (${floor[0]} > 0 ? ${floor[0]} : 1) }")
    shown="${floor[0]} (${floor[1]}-${floor[2]})"
  fi
  case $goal in most\ *) kind=most goal=${goal#most } ;; esac
  printf '%-46s %27s %27s  %6s  <= %s%s\n' "$2" "$shown" "${own[0]} (${own[1]}-${own[2]})" \
    "$ratio" "$goal" "$([ $kind = most ] || echo x)"
  add_json "\"name\": \"$1\", \"floor\": ${floor[0]}, \"floor_p10\": ${floor[1]}, \"floor_p90\": ${floor[2]}, \"fwproof\": ${own[0]}, \"fwproof_p10\": ${own[1]}, \"fwproof_p90\": ${own[2]}, \"ratio\": $ratio, \"goal_$kind\": $goal"
}
