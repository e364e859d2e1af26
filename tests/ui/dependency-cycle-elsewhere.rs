use promethean::{Ecosystem, ecosystem};

static ONE: Ecosystem = ecosystem! {
    name one;
    paths unchecked;
    node a { depends_on TWO.b; }
};

static TWO: Ecosystem = ecosystem! {
    name two;
    paths unchecked;
    node b { depends_on c; }
    agent duck { depends_on ONE.a; node d; }
    node c { depends_on duck.d; }
};

static THREE: Ecosystem = ecosystem! {
    paths unchecked;
    node g { depends_on ONE.a; }
};

fn main() {}
