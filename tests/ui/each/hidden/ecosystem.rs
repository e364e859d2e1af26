use promethean::{Ecosystem, ecosystem};

static ECOSYSTEM: Ecosystem = ecosystem! { script hidden { run "hidden"; } };
