use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    #[cfg(unix)]
    node web {
        #[doc(hidden)]
        autorestart true;
    }
};

fn main() {}
