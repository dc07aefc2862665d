#!/bin/sh -e
# A gateway that firewalld keeps: wan0 is in the zone "external", lan0 in "internal", whose hosts may go
# out and use port $1 of the gateway; port 2222 leads to the desk's ssh.
# firewalld's own core makes the rules of this and loads them, without the daemon around it.
mkdir -p /etc/firewalld/zones /etc/firewalld/policies  # an ordinary user may not see those there are
cat > /etc/firewalld/zones/external.xml <<XML
<?xml version="1.0" encoding="utf-8"?>
<zone>
  <short>External</short>
  <interface name="wan0"/>
  <service name="ssh"/>
  <forward-port port="2222" protocol="tcp" to-port="22" to-addr="10.0.1.7"/>
  <masquerade/>
</zone>
XML
cat > /etc/firewalld/zones/internal.xml <<XML
<?xml version="1.0" encoding="utf-8"?>
<zone>
  <short>Internal</short>
  <interface name="lan0"/>
  <service name="ssh"/>
  <port port="$1" protocol="tcp"/>
</zone>
XML
cat > /etc/firewalld/policies/out.xml <<XML
<?xml version="1.0" encoding="utf-8"?>
<policy target="ACCEPT">
  <ingress-zone name="internal"/>
  <egress-zone name="external"/>
</policy>
XML
exec /usr/bin/python3 -c 'from firewall.core.fw import Firewall; Firewall().start()'
