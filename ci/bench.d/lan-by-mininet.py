# Two hosts and a link by mininet, one ping, and all of it away again. Prints the microseconds.
import time

from mininet.link import Link
from mininet.net import Mininet

Mininet.inited = True  # else it raises limits of the machine (mininet.util.fixLimits)
start = time.monotonic()
net = Mininet(switch=None, controller=None, link=Link)
m, w = net.addHost("m", ip="192.168.11.104/24"), net.addHost("w", ip="192.168.11.108/24")
net.addLink(m, w)
net.build()
assert ", 0% packet loss" in m.cmd("ping -n -q -c 1 -W 2 192.168.11.108")
net.stop()
print(round((time.monotonic() - start) * 1e6))
