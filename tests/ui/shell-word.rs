use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    script a { run "NODE_ENV=production", "PORT=", "node", "index.js"; }
    script b { run "NODE_ENV=production", "./start"; env { LEVEL = "info"; } }
    script c { run "cd", "web"; }
    script d { run "export", "LEVEL=a b"; }
    script e { run "source", "the venv/bin/activate"; }
    script f { run "exec", "./start", "--port", 80; }
    python g { run "LEVEL=info", "uvicorn", "app:app"; }
    script h { run "./start"; ready exec "LEVEL=info", "./probe"; }
    script i { run "./start"; args "--id", "`hostname`", "--at=`date +%s`"; }
    script j { run "LEVEL=info", "./start", ">", "out.log"; }
    script k { run "./start"; args "LEVEL=info", "cd"; }
    script l { run "./a=b/start"; }
    script m { run "./render", "--text", "the `name` of it"; }
    script o { run "NODE_ENV=production node index.js"; }
    script p { run "LEVEL=a b", "./start"; }
    script n { run "cd", "web"; allow shell-word "a program of its own"; }
};

fn main() {}
