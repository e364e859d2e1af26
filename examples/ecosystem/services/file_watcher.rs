use promethean::{Ecosystem, ecosystem};

use crate::ecosystem::base;

pub static FILE_WATCHER: Ecosystem = ecosystem! {
    root "examples/promethean";
    use base::BASE;
    node file-watcher "services/ts/file-watcher";
};
