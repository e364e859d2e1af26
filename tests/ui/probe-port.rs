use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    script a { run "a"; port 8000; ready tcp "127.0.0.1:8080"; }
    script b { run "b"; port 8001; ready http "http://localhost:8081/health"; }
    script c { run "c", "--metrics", 9090; port 8002; ready http "http://localhost:9090/health"; }
    script d { run "d"; port 8003; ready tcp "db.lan:5432"; }
    script e { run "e"; port 8004; env { ADMIN = 9091; } ready tcp "127.0.0.1:9091"; }
};

fn main() {}
