use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    node web services/web {
        args --port 80;
        entry dist/index.js;
        env_file .env;
        cron_restart 0 4 * * *;
    }
    script api { run ./server --port 8000; }
    python tts { run uvicorn main:app; runner venv .venv; }
    external db { ready tcp localhost:27017; }
    external llm {
        ready http http://localhost:8080/health;
        hint start it;
    }
};

fn main() {}
