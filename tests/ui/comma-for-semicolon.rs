use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    external db,
    node web "services/web" {
        port 80,
        watch "src",
        ignore_watch "logs";
        depends_on db,
        env { A = 1, B = 2; }
    }
};

fn main() {}
