use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    use type::BASE;
    include infra::match::INFRA;
    script web { run "web"; depends_on async::INFRA.mongodb, Self; }
};

fn main() {}
