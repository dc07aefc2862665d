# Replaces the first rule, in the table of whoever loaded it.
handle=$(nft -a list chain inet filter INPUT 2>/dev/null | sed -n 's/.*udp dport 80.*# handle //p')
if [ -n "$handle" ]; then
  nft replace rule inet filter INPUT handle "$handle" tcp dport 80 accept
else
  iptables -R INPUT 1 -p tcp --dport 80 -j ACCEPT
fi
