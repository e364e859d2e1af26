use promethean::{Ecosystem, ecosystem};

mod shared {
    use super::*;
    pub static SHARED: Ecosystem = ecosystem! {
        paths unchecked;
        template base { exp_backoff_restart_delay 100ms; env { TOKEN; } }
    };
    pub static BASE: Ecosystem = ecosystem! {
        paths unchecked;
        use SHARED;
        template mcp: base { env { MCP_NAME = "{name}"; } }
        template agents { out_file "{agent}.log"; }
        template one { port 80; node talk; }
        template two { node talk; }
    };
}

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    use shared::BASE;
    python mcp-files: mpc "services/mcp-files" { env { TOKEN = 1; } }
    python mcp-exec: mcp "services/mcp-exec" { restart_delay 1s; }
    python mcp-web: mcp, base "services/mcp-web" { env { TOKEN = 2; } }
    node web: agents "services/web";
    agent duck: one, two;
};

fn main() {}
