use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    secrets "~/.tokens";
    defaults { out_file "$HOME/logs/{name}.log"; }
    script a { run "~/bin/a", "$PORT"; watch "~/src"; }
    script b {
        run "b";
        env {
            A = "$HOME";
            B = "$HOME/data";
            C = "~/data";
            D = "%APPDATA%";
            E = "$(hostname)";
            F = "${HOME}/data";
            G = "pa$$w0rd costs $5 or 5%";
        }
    }
    script c { run "sh", "-c", "echo $HOME"; }
};

fn main() {}
