# What one would write instead (by-hand, lan-by-mininet.py), beside the floor and fwproof, each from
# start to exit. They run in mount and network namespaces of their own: /run/netns is one of theirs.

alone=(unshare --net --mount)
[ "$(id -u)" = 0 ] || alone+=(--user --map-root-user)
mininet=
if [ "$(id -u)" = 0 ] && command -v mnexec >/dev/null && /usr/bin/python3 -c 'import mininet' 2>/dev/null; then mininet=yes; fi

prepare_others() {
  local name
  for name in lan nat; do copies "one-$name" "$name" 1; done
  mkdir "$work/one-drop"
  echo 'table ip t { chain in { type filter hook input priority 0; ip protocol icmp drop; }; }' >"$work/one-drop/drop.nft"
  printf '%s\n' "# A ping that is dropped." "topology: lan" "rules: {W: {nft: drop.nft}}" "flows: {ping: icmp M -> W}" \
    "checks: {ping: {outcome: dropped}}" "mutant: {W: {remove: t in rule 1}}" >"$work/one-drop/drop.yaml"
}

round_others() {
  local name way backend
  for name in lan nat drop; do
    case $name in
      lan) whole others-lan.floor build/bench/floor lan 1 ;;
      nat) whole others-nat.floor build/bench/floor nat-restore 1 ci/bench.d/nat.rules ;;
    esac
    backend=nft
    [ $name != nat ] || backend=iptables-nft
    whole "others-$name.fwproof" "$fwproof" run --backend $backend "$work/one-$name"
    for way in batch bash; do
      "${alone[@]}" ci/bench.d/by-hand $name $way >>"$work/others-$name.$way"
    done
  done
  [ -z "$mininet" ] || "${alone[@]}" /usr/bin/python3 ci/bench.d/lan-by-mininet.py >>"$work/others-lan.mininet"
}

others_row() { # NAME TITLE
  local who figure json_of_row="\"name\": \"others $1\"" shown=()
  for who in floor fwproof batch bash mininet; do
    figure=-
    if [ -e "$work/others-$1.$who" ]; then
      figure=$(median "$work/others-$1.$who")
      json_of_row+=", \"$who\": $figure"
    fi
    shown+=("$figure")
  done
  printf '%-46s %10s %10s %10s %10s %10s\n' "$2" "${shown[@]}"
  add_json "$json_of_row"
}

rows_others() {
  printf '\n%-46s %10s %10s %10s %10s %10s\n' "microseconds from start to exit: median" floor fwproof "ip -batch" bash mininet
  others_row lan "LAN: built, one connection or ping, gone"
  others_row nat "NAT, rules by iptables-restore"
  others_row drop "a packet that is dropped"
  [ -n "$mininet" ] || echo "mininet: not measured; it takes root, and the package mininet installed"
}
