use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    defaults { max_memory_restart 300M; }
    node a { runner npm; run "start"; }
    python b { runner uv; }
    script c { run "docker", "run", "redis"; }
    script d { run "/usr/bin/npx", "serve"; }
    script e { run "uv", "run", "main.py"; }
    node f { runner npm; run "start"; unset max_memory_restart; }
    python g { runner pipenv; }
    python h { runner poetry; }
    script i { run "uv", "--version"; }
    script j { run "tsx", "main.ts"; allow memory-of-runner "it is small itself"; }
    node k { entry "npm"; }
    script l { run "redis-server"; }
    script n { run "docker", "compose", "up"; }
    script q { run "docker", "run", "-m", "300m", "redis"; }
    script r { run "npm", "run", "start"; }
    node o { runner npm; run "start"; env { NODE_OPTIONS = "--max-old-space-size=300"; } unset max_memory_restart; }
    script p { run "docker", "run", "--memory", "300m", "redis"; unset max_memory_restart; }
};

static OF_A_PROFILE: Ecosystem = ecosystem! {
    paths unchecked;
    python m { runner uv; profile small { max_memory_restart 1G; } }
};

fn main() {}
