use promethean::{Ecosystem, ecosystem};

use crate::ecosystem::base;

pub static ECOSYSTEM: Ecosystem = ecosystem! {
    root "examples/promethean";
    use base::BASE;
    node file-watcher "services/ts/file-watcher";
};
