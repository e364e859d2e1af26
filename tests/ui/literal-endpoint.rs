use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    node proxx { listen http 8789; listen metrics: http 9100; }
    external mongodb { listen mongodb 27017; }
    external remote { listen http "db.lan:8080"; }
    node a {
        env {
            A = "http://127.0.0.1:8789";
            B = "http://localhost:8789/v1";
            C = "127.0.0.1:9100";
            D = "ws://localhost:8789/socket";
            E = "mongodb://bot:{secret DB}@127.0.0.1:27017/duck";
            F = "http://127.0.0.1:87890 http://10.127.0.0.1:8789 db.lan:8080";
        }
        args "--proxy=http://localhost:8789/";
    }
    node b { env { G = "localhost:8789"; } allow literal-endpoint "it is another machine's"; }
    node c { port 8001; env { H = "http://127.0.0.1:8001"; } }
};

fn main() {}
