#!/bin/sh
# Lets in answers, what the machine says to itself, and the TCP ports that are named.
set -e

iptables -P INPUT DROP
iptables -N SERVICES
iptables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
iptables -A INPUT -i lo -j ACCEPT
iptables -A INPUT -j SERVICES
for port in "$@"; do
  iptables -A SERVICES -p tcp --dport "$port" -j ACCEPT
done

# Kept as a distribution would: only this node sees it.
mkdir -p /etc/iptables
iptables-save > /etc/iptables/rules.v4
