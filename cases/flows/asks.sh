#!/bin/sh
echo hello | ncat --udp --wait 1 --send-only "$1" 53
