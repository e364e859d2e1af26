use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    node a { exec_mode fork; instances 2; port 8000; }
    python b { instances max; port 8001; }
    node c { port 8002; profile production { exec_mode fork; instances 4; } }
    node d { exec_mode fork; instances 2; port 8003; increment_var PORT; }
    node e { instances 2; port 8004; }
    node f { exec_mode fork; instances 2; port 8005; allow instances-share-port "it sets SO_REUSEPORT"; }
};

fn main() {}
