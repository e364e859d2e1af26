use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    node web {
        out_file "logs/{nam}.log";
        args "--config", "{\"a\": 1}";
        env {
            AGENT = "{agent}";
            JSON = "}";
            TOKEN = "Bearer {secret TOKEN}";
            OPEN = "{root";
        }
    }
    script db { run "mongod", "{secret PASSWORD}"; }
};

fn main() {}
