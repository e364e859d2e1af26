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
    script i { run "redis-cli", "XREADGROUP", "GROUP", "g", "a", "STREAMS", "s", ">"; }
    script j { run "tr", ";", ","; }
    script k { run "./alert", "--op", ">", "0.5"; }
    script l { run "./read", "--separator", "||", "names"; }
    script m { run "./quote", "a", "&&"; }
    script n { run "./start", "2>&1", ">", "out.log"; out_file "own.log"; }
    script o { run "./start", ">", "a.log", ">>", "b.log"; }
    script p { run "./start", (1 + 2), "|", "wc"; }
    script q { run "./start"; ready exec "curl", "-f", "http://localhost:8000", "|", "grep", "ok", "||", "exit", "1"; }
    script r { run "./start"; ready exec "a", "&&", "curl", "-f", "http://localhost:8000", "||", "exit", "1"; }
    script s { run "./start", ">", "/dev/null", "2>&1", "&"; }
    script t { run "tcpdump", "tcp[13]", "&", "2", "!=", "0"; }
    script u { run "./start", "--verbose", "|", "tee", "out.log"; }
    script v { interpreter "bash"; node_args "-e"; run "./start.sh"; args "a b", "|", "sort"; }
    script w { run "LEVEL=a b", "./start", "A=1", "&&", "NAME=x", "./other"; }
    script h { run "./calculate", "2", "|", "3"; allow shell-sign "it calculates"; }
};

fn main() {}
