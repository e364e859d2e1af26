use promethean::{Ecosystem, ecosystem};

static ONE: Ecosystem = ecosystem! { include TWO; };

static TWO: Ecosystem = ecosystem! { include THREE; };

static THREE: Ecosystem = ecosystem! { include ONE; };

static SELF: Ecosystem = ecosystem! { include SELF; };

fn main() {}
