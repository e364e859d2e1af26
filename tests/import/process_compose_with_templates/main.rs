//! The system of `process-compose.yaml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name process_compose_with_templates;

    defaults {
        autorestart false;
    }

    script web "sub" {
        unset autorestart;
        run "sh", "-c", "node server.js --port 8000${{PC_REPLICA_NUM}}";
        exec_mode fork;
        instances 2;
        instance_var PC_REPLICA_NUM;
        out_file "{root}/web.log";
        error_file "{root}/web.log";
        ready exec "sh", "-c", "test \"$USER\" = \"hello\"";
    }

    script greet {
        run "sh", "-c", "echo \"hello $USER of $$ 0\"";
        env {
            NAME = "Ann of greet";
            SIGN = "$1";
        }
    }

    script odd {
        // command is omitted: `{{ … }}` in it is a template of process-compose, and stays as it is.
        run "sh", "-c", "echo '{{{{.PC_REPLICA_NUM}}}}' {{{{ or .A \"b\" }}}}";
        exec_mode fork;
        instances 2;
        instance_var PC_REPLICA_NUM;
    }

    script plain { run "sh", "-c", "echo $$HOME"; }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
