use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    external db { listen 5432; }
    env web { PORT = 8000; }
    script a { run "a"; env { ..web; } }
    script b { run "b"; env { PORT = 8000; } }
    script c { run "c"; port 8100; instances 3; increment_var PORT; }
    script d { run "d"; listen metrics: http 8102; }
    script e { run "e"; env { PORT = 5432; } }
    script f { run "f"; env { PORT = 8001; } only_profile dev; }
    script g { run "g"; port 8001; only_profile prod; }
    script h { run "h"; env { PORT = "auto"; } }
    script i { run "i"; env { PORT = 8100; } allow port-variable-conflict "it is a client of c"; }
    agent duck: bot;
    agent owl: bot;
    agent cat: bot { override voice { env { PORT = 8201; } } }
    template bot { script voice { run "v"; env { PORT = 8200; } } }
    script j { run "j"; env { PORT = 8300; } allow port-variable-conflict "nobody else"; }
};

fn main() {}
