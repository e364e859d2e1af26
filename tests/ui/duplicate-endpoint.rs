use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    node a { listen http 8000; listen http 9100; }
    node b { listen metrics: http 8001; listen metrics: http 9101; }
    node c { port 8002; listen http 8003; }
    external d { listen redis 6379; listen 6380; }
};

fn main() {}
