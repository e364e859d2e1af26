use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name my-system;

    defaults {
        entry "index.js";
        restart_delay 2s;
    }

    // A real one that is started elsewhere is
    // `external database { listen postgres "127.0.0.1:5432"; ready tcp; }`.
    /// A stand-in for a database, so that this runs anywhere.
    node database "services/database" {
        listen http auto;
        ready http "/";
    }

    /// Runs once, before what needs its tables.
    node migrate "services/migrate" {
        autorestart false;
        depends_on database;
        env { DATABASE_URL = url database; }
    }

    node web "services/web" {
        listen http auto;
        ready http "/health";
        depends_on database, migrate(completed);
        env { DATABASE_URL = url database; }
    }

    /// Two of them share the work.
    node worker "services/worker" {
        exec_mode fork;
        instances 2;
        depends_on database, migrate(completed);
        env { DATABASE_URL = url database; }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
