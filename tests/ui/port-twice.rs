use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    env web { PORT = 8003; }
    script a { run "a"; port 8000; env { PORT = 8001; } }
    script b { run "b"; port 8002; env { ..web; } }
    agent duck { port 8004; script c { run "c"; env { PORT = "8005"; } } }
    agent owl { env { PORT = 8006; } script d { run "d"; port 8007; } }
    script e { run "e"; port 8008; env { PORT = 8008; } }
};

fn main() {}
