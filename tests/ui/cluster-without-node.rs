use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    python tts { exec_mode cluster; }
    script chroma { run "chroma"; exec_mode cluster; }
    node web { runner npm; run "dev"; exec_mode cluster; }
    node api { interpreter "ts-node"; profile production { exec_mode cluster; instances max; } }
    node bot { exec_mode cluster; interpreter "/usr/bin/node20"; }
};

fn main() {}
