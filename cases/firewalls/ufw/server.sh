#!/bin/sh -e
# A server as ufw sets it up: ssh for the office at $1, the web for all, mail not too often, telnet
# turned away at once.
# Where an ordinary user may not read /etc/ufw, his copy of it gets what the package ships.
cp -n /usr/share/ufw/iptables/*.rules /etc/ufw/
ufw allow proto tcp from "$1" to any port 22
ufw allow 80/tcp
ufw limit 2525/tcp
ufw reject 23/tcp
exec ufw --force enable
