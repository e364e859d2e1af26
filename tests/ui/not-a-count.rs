use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    script a { run "sleep", "9"; alive tcp "127.0.0.1:8000" { failures 0; } }
    script b { run "sleep", "9"; alive tcp "127.0.0.1:8001" { failures 3s; } }
    script c { run "sleep", "9"; listen http 8002; alive http "/health" { failures many; interval 10s; } }
};

fn main() {}
