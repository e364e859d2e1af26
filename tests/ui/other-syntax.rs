use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    external db { ready tcp "127.0.0.1:27017"; }
    template talks { node voice; }
    template listens { node ear; }
    agent duck: talks + listens { watch "."; }
    node my.web "services/web" "dist/index.js";
    node api at "services/api" {
        depends_on db ready;
        if dev { watch "."; }
        args "--port" "80";
        port process.env.PORT;
        watch null;
        NODE_ENV = "production";
        restart_delay 5 * 60 * 1000;
    };
    agent { node a; }
    external cache "127.0.0.1:6379";
    for i in 0..3 { node worker; }
};

fn main() {}
