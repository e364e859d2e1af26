use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    script a { run "a"; profile production { port 8000; } }
    script b { run "b"; profile prodcution { port 8001; } }
    script c { run "c"; only_profile production, develpment; }
    script d { run "d"; only_profile development, Production; }
    script e { run "e"; only_profile eu-1, eu-2; }
};

fn main() {}
