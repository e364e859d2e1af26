use promethean::{Ecosystem, ecosystem};

static NUMBER: u16 = 5;

static SYSTEM: Ecosystem = ecosystem! {
    include missing::SYSTEM;
    use NOT_THERE;
    node web { depends_on NUMBER.web; }
};

fn main() {}
