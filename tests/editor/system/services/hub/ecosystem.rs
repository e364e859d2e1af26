use promethean::{Ecosystem, ecosystem};

pub static ECOSYSTEM: Ecosystem = ecosystem! {
    paths unchecked;

    /// Where all are registered.
    node hub "services/hub" {
        listen http 8710;
        ready http "/health";
    }
};
