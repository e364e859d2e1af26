use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    node a { exec_mode fork; instances 2; port 8000; }
    python b { instances max; port 8001; }
    node c { port 8002; profile production { exec_mode fork; instances 4; } }
    node d { exec_mode fork; instances 2; port 8020; increment_var PORT; }
    node e { instances 2; port 8004; }
    node f { exec_mode fork; instances 2; port 8005; allow instances-share-port "it sets SO_REUSEPORT"; }
    node g { exec_mode fork; instances 2; listen http 8006; }
    python h { instances 2; listen http auto; }
    node i { listen http "0.0.0.0:8007"; profile production { exec_mode fork; instances 4; } }
    node j { exec_mode fork; instances 2; listen http 8030; increment_var PORT; }
    node k { instances 2; listen http 8009; }
    script m { run "m"; instances 2; env { PORT = 8011; } }
    script n { run "n"; instances 2; env { PORT = 8012; } allow instances-share-port "it passes it on"; }
    script o { run "o"; instances 2; env { PORT = 8013; } increment_var PORT; }
    node p { instances 2; env { PORT = 8016; } }
    // Another variable is counted up, or none: this endpoint sets no PORT.
    node l { exec_mode fork; instances 2; listen metrics: http 8010; }
};

fn main() {}
