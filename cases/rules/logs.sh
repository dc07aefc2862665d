#!/bin/sh
# What an administrator's script would do: log who knocks at ssh, and turn all away that nothing asked for.
iptables -N knocks
iptables -A knocks -m limit --limit 10/minute -j LOG --log-prefix "KNOCK $1: "
iptables -A knocks -j DROP
iptables -A INPUT -p tcp --dport 22 -j knocks
iptables -A INPUT -p tcp --dport 23 -j LOG --log-prefix "TELNET: "
