use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    template bot { script talk { run "talk"; } script listen { run "listen"; } }
    agent a: base::BASE.bot { without talk; }
    agent b: base::BASE::bot;
    agent c: base::bot;
    agent d: BASE.bot;
    agent e: base::BASE;
    agent f extends bot;
    agent g(bot) { without talk; }
    agent h<bot> { without talk; }
    agent i = bot;
    agent j: template bot;
    agent k::bot;
    script web { run "web"; depends_on a.talk, k.listen; }
};

fn main() {}
