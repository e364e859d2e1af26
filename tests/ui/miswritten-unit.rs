use promethean::{Ecosystem, ecosystem};

static OWN: Ecosystem = ecosystem! {
    paths unchecked;
    external mongodb { ready tcp "127.0.0.1:27017"; }
    env discord { CHANNEL = "duck-bots"; }
    template bot { script talk { run "talk"; } script listen { run "listen"; depends_on bot.talk; } }
    agent owl: bot;
    agent cat: bot { depends_on cat_listen; without listen; }
    agent duck {
        script voice { run "voice"; }
        script ears { run "ears"; depends_on duck_voice, self.voice; }
        env { ..discord; }
    }
    script a { run "a"; depends_on duck_voice, duck-voice, duck/voice, duck::voice, "duck.voice"; }
    script b { run "b"; depends_on Duck.voice, duck["voice"], duck->voice, duck:voice, &duck; }
    script c { run "c"; depends_on voice, talk, agent duck, service a, external mongodb; }
    script d { run "d"; depends_on bot, bot.talk, bot_talk, discord, mongodb.ready; }
};

static ELSEWHERE: Ecosystem = ecosystem! {
    paths unchecked;
    script a { run "a"; depends_on infra.INFRA.mongodb, infra::INFRA::duck::voice, infra/INFRA/mongodb; }
    script b { run "b"; depends_on "infra::INFRA.mongodb", infra::INFRA.duck->voice; }
};

fn main() {}
