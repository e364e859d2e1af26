//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name secrets_in_arguments;

    node listed {
        entry "bot.js";
        // `--token` has `BOT_TOKEN` of the environment, which only `env` can use; `…` is in its
        // place. Put it into the file that `secrets "…";` names, and let the program read it from
        // its environment: `env { BOT_TOKEN = secret; }`.
        args "--token", "…", "--port", "3000";
    }

    node split {
        entry "bot.js";
        // `--token` has a secret in plain text, which is not copied; `…` is in its place. Put it
        // into the file that `secrets "…";` names, and let the program read it from its
        // environment: `env { TOKEN = secret; }`.
        args "--token", "…", "--verbose";
    }

    node joined {
        entry "bot.js";
        // `--token` has `BOT_TOKEN` of the environment, which only `env` can use; `…` is in its
        // place. Put it into the file that `secrets "…";` names, and let the program read it from
        // its environment: `env { BOT_TOKEN = secret; }`.
        args "--token=…", "--verbose";
    }

    node with-defaults {
        entry "bot.js";
        // The original takes it from `LEVEL`; info is its value when that is not set.
        // `--token` has `BOT_TOKEN` of the environment or else a default, neither of which is
        // copied; `…` is in its place. Put it into the file that `secrets "…";` names, and let the
        // program read it from its environment: `env { BOT_TOKEN = secret; }`.
        args "--token", "…", "--level", "info";
    }

    node two {
        entry "bot.js";
        // `--url` and `--api-key` have secrets in plain text, which are not copied; `…` is in its
        // place. Put it into the file that `secrets "…";` names, and let the program read it from
        // its environment: `env { URL = secret; API_KEY = secret; }`.
        args "--url=…", "--api-key", "…";
        env { TOKEN = secret; }
    }

    script of-bash {
        // `--api-key` has a secret in plain text, which is not copied; `…` is in its place. Put it
        // into the file that `secrets "…";` names, and let the program read it from its
        // environment: `env { API_KEY = secret; }`.
        run "python", "-m", "bot", "--api-key", "…";
    }

    script put-together {
        // `--token` has `BOT_TOKEN` of the environment, which only `env` can use; `…` is in its
        // place. Put it into the file that `secrets "…";` names, and let the program read it from
        // its environment: `env { BOT_TOKEN = secret; }`.
        run "python", "-m", "bot", "--token", "…";
    }

    node of-node {
        entry "bot.js";
        // An argument with `OPTIONS` of the environment is omitted: only `env` can use that. Let
        // the program read it from its environment: `env { OPTIONS = inherit; }`.
        node_args "--title=x";
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
