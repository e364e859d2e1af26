use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    node a { { watch "."; } }
    node b {}
        watch ".";
        port 80;
    defaults
        autorestart true;
        restart_delay 10s;
    node c
        watch ".";
    agent duck {
        node voice {
            watch ".";
        node talk { depends_on listen; }
        node listen;
    }}
    node d { depends_on duck.talk, duck.listen; }
};

fn main() {}
