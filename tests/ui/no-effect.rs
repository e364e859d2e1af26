use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    python a { module app; run "uvicorn", "app:app"; }
    node b { runner npm; run "dev"; entry "dist/index.js"; }
    node c { runner bun; interpreter "/opt/bun"; }
    script d { run "d"; instances 2; increment_var PORT; instance_var PORT; }
};

fn main() {}
