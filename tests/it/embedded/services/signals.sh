#!/bin/sh
# Notes the signal that ends it.
for signal in INT TERM QUIT HUP USR1 USR2; do trap "echo $NAME $signal >> signals; exit 0" $signal; done
echo ready
while :; do sleep 0.05; done
