#!/bin/sh
echo "$NODE_APP_INSTANCE $PORT $SECRET ${LEAKED-none}"
exec sleep 100000
