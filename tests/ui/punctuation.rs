use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    node web
    node api { autorestart true instances 2; }
    node worker {
        watch = ".";
        args: "--port";
        ignore_watch ["a", "b"];
        out_file "a" "b";
        env {
            PORT: 80;
            HOST "localhost";
            ...discord;
            A = ;
        }
    }
    agent duck < node a; >
    agent owl ( node a; )
    node last [ ]
};

fn main() {}
