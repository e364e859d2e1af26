use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    script a { run "./start", ">", "out.log"; }
    script b { run "./build", "&&", "./start"; }
    script c { run "./start"; args "--quiet", "2>&1"; }
    script d { run "./start"; ready exec "curl", "-f", "http://localhost:8000", "||", "exit", "1"; }
    script e { run "sh", "-c", "./build && ./start", ";"; }
    script f { run "find", ".", "-exec", "touch", "{{}}", ";"; }
    script g { run "sort", "-t", "|", "names"; }
    script h { run "./calculate", "2", "|", "3"; allow shell-sign "it calculates"; }
};

fn main() {}
