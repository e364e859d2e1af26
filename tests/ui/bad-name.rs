use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    node "-web";
    node "";
    node "a,b";
    node "/a/";
    node " a";
    node "a\nb";
};

fn main() {}
