use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    template bot { script talk { run "talk"; } script listen { run "listen"; } script sing { run "sing"; } }
    agent duck: bot { without talk, listen; }
    agent owl: bot { without owl.talk; override owl_listen { autorestart false; } override service sing { autorestart false; } }
};

fn main() {}
