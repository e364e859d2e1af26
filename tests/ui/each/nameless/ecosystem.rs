use promethean::{Ecosystem, ecosystem};

pub static SPEECH: Ecosystem = ecosystem! { script speech { run "speech"; } };
