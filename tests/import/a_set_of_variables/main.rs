//! The system that `ecosystem.config.js` configured for PM2.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name a_set_of_variables;

    env aws {
        AWS_REGION = "eu-west-1";
        AWS_BUCKET = "uploads";
        AWS_ENDPOINT = "https://s3.example.org";
    }

    node web {
        entry "web.js";
        env { PORT = 3000; }
    }

    node upload {
        entry "upload.js";
        env {
            ..aws;
            PORT = 3001;
        }
    }

    node thumbnails {
        entry "thumbnails.js";
        env {
            ..aws;
            SIZES = "64,128";
        }
    }

    node search { entry "search.js"; }
    node mail { entry "mail.js"; }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
