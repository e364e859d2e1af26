//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name a_set_of_variables;

    defaults {
        entry "{name}.js";
    }

    env aws {
        AWS_REGION = "eu-west-1";
        AWS_BUCKET = "uploads";
        AWS_ENDPOINT = "https://s3.example.org";
    }

    node web { listen 3000; }

    node upload {
        listen 3001;
        env { ..aws; }
    }

    node thumbnails {
        env {
            ..aws;
            SIZES = "64,128";
        }
    }

    node search;
    node mail;
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
