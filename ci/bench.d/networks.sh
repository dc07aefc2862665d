# Cases and networks that are written for the measurement.

mkdir "$work/topologies"
cp ci/bench.d/nat-topology.yaml "$work/topologies"

# copies FOLDER CASE NUMBER: so many copies of a case of ci/bench.d
copies() {
  local number
  mkdir -p "$work/$1"
  cp ci/bench.d/nat.nft ci/bench.d/nat.rules "$work/$1"
  for ((number = 1; number <= $3; ++number)); do cp "ci/bench.d/$2.yaml" "$work/$1/$2-$number.yaml"; done
}

node_address() { echo "10.0.$(($1 / 250)).$(($1 % 250 + 1))"; }

# star NODES: a switch and so many nodes that know each other, in $work/star-NODES: a case of one
# ping (one/), and one in which all others connect to the first (all/).
star() {
  local number nodes=$1 folder=$work/star-$1
  [ ! -d "$folder" ] || return 0
  mkdir -p "$folder/one" "$folder/all"
  {
    echo "nodes:"
    echo "  sw: {kind: bridge}"
    for ((number = 1; number <= nodes; ++number)); do
      echo "  n$number:"
      echo "    interfaces: {eth0: {addresses: [$(node_address "$number")/16]}}"
    done
    echo "links:"
    for ((number = 1; number <= nodes; ++number)); do echo "  - endpoints: [n$number:eth0, sw:p$number]"; done
  } >"$folder/star.topology.yaml"
  {
    echo "extends: star.topology.yaml"
    echo "nodes:"
    printf '  n1:\n    services: [tcp/80]\n    neighbours:\n      eth0:\n'
    for ((number = 2; number <= nodes; ++number)); do echo "        $(node_address "$number"): n$number"; done
    for ((number = 2; number <= nodes; ++number)); do
      echo "  n$number: {neighbours: {eth0: {$(node_address 1): n1}}}"
    done
  } >"$folder/known.topology.yaml"
  printf '%s\n' "# One ping in a star." "topology: ../star.topology.yaml" "flows: {ping: icmp n1 -> n2}" \
    "checks: {ping: {outcome: answered}}" "mutant: {n2: {sysctl: {net.ipv4.icmp_echo_ignore_all: 1}}}" \
    >"$folder/one/one.yaml"
  {
    printf '%s\n' "# All connect to one." "topology: ../known.topology.yaml" "mutant: {n1: {service: tcp/80}}" "flows:"
    for ((number = 2; number <= nodes; ++number)); do echo "  f$number: tcp n$number -> n1:80"; done
    echo "checks:"
    for ((number = 2; number <= nodes; ++number)); do echo "  f$number: {outcome: connected}"; done
  } >"$folder/all/all.yaml"
}
