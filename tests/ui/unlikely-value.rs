use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    defaults { kill_timeout 0s; }
    script a { run "a"; max_memory_restart 300K; }
    script b { run "b"; restart_delay 0s; max_memory_restart 1M; }
    script c { run "c"; max_memory_restart 512K; allow unlikely-value "it is written in assembler"; }
};

fn main() {}
