use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    external db { ready exec "pg_isready -h localhost"; }
    script a { run "npm run start"; }
    script b { run "./run.sh --port 80", "--verbose"; }
    script c { run "cd web && npm start"; }
    script d { run "./web"; args "--port 80"; }
    script e { run "./web"; args "start --port 80"; }
    script f { run "test"; ready exec "test -d ."; }
    node g { runner npm; run "npm run dev -- --port 80"; }
    node h { entry "dist/index.js --port 80"; }
    node i { node_args "--inspect --max-old-space-size=512"; }
    script j { run "sh", "-c", "cd web && npm start --port 80"; args "--title=My Duck"; }
    script k { run "/opt/My Duck/bin/duck"; allow command-line "the folder is called so"; }
};

fn main() {}
