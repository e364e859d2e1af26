use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    python tts {
        module app;
        entry "main.js";
        node_args "--inspect";
        interpreter "python3";
    }
    script db { run "mongod"; runner uv; }
};

fn main() {}
