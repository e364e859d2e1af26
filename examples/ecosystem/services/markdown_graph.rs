use promethean::{Ecosystem, ecosystem};

use crate::ecosystem::base;

pub static MARKDOWN_GRAPH: Ecosystem = ecosystem! {
    root "examples/promethean";
    use base::BASE;
    node markdown-graph "services/ts/markdown-graph";
};
