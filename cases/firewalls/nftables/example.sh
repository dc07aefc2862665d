#!/bin/sh -e
# Loads one of the examples that come with nftables, as it is, from where the package puts it.
cd /usr/share/doc/nftables/examples
exec nft -f "$1"
