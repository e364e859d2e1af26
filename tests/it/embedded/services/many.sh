#!/bin/sh
# Says many lines when it is told to, of another length each.
echo begin
while [ ! -e go ]; do sleep 0.02; done
seq -f 'line %.0f' 1 20000
