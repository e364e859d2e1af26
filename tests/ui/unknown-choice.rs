use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    node web {
        exec_mode clustr;
        runner pipenv;
        ready tpc "127.0.0.1:80";
    }
    python tts {
        runner pipenvv;
        module app;
        depends_on web(readdy);
    }
};

fn main() {}
