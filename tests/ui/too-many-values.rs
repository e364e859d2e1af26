use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    python tts {
        module a, b;
        runner uv, poetry;
        watch true, ".";
    }
    python stt { module a; runner venv; }
};

fn main() {}
