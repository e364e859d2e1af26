//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name secrets_by_their_looks;

    node bot {
        entry "bot.js";
        // `--api-key` and `--hook` have secrets in plain text, which are not copied; `…` is in its
        // place. Put it into the file that `secrets "…";` names, and let the program read it from
        // its environment: `env { API_KEY = secret; HOOK = secret; }`.
        args "--api-key", "…", "--level", "3", "--hook=…";
        env {
            K = secret;
            HOOK = secret;
            SETTINGS = secret;
            URL = "http://localhost:3000";
        }
    }

    script sync {
        // `-H` has a secret in plain text, which is not copied; `…` is in its place. Put it into
        // the file that `secrets "…";` names, and let the program read it from its environment:
        // `env { SECRET = secret; }`.
        run "bash", "-c", "curl -H 'x: …' http://localhost";
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
