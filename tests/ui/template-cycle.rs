use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    template a: b { max_restarts 3; }
    template b: c { max_restarts 4; }
    template c: a { max_restarts 5; }
    template d: d { max_restarts 6; }
    node web: a, d;
};

mod one {
    use super::*;
    pub static ONE: Ecosystem = ecosystem! {
        paths unchecked;
        use two::TWO;
        template x: y { max_restarts 3; }
        node web: x;
    };
}

mod two {
    use super::*;
    pub static TWO: Ecosystem = ecosystem! {
        paths unchecked;
        use one::ONE;
        template y: x { kill_timeout 3s; }
    };
}

fn main() {}
