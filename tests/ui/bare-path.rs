use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    node web { port ports::WEB; env { PORT = crate::ports::WEB; } }
};

fn main() {}
