use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    version "3";
    [Unit]
    bun api "services/api" { watch "."; }
    docker db "services/db" { image "mongo"; }
    node web "services/web" {
        ExecStart "/usr/bin/node dist/index.js";
        RestartSec 5;
        image: "node:20"
        livenessProbe { httpGet { path: "/health" } }
        labels:
          tier: "web"
        environment { LEVEL: "debug" }
        depends_on api (service_started), db (service_healthy);
    }
    python tts "services/tts" { module app; runner conda; numprocs 2; }
    external redis {
        healthcheck "127.0.0.1:6379";
        ready httpGet "/" { periodSeconds 5; }
    }
    worker: python worker.py
};

fn main() {}
