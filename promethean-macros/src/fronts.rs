//! Constants say of several files what resolution says of them: one message and one help for each
//! rule that both check.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::OnceLock;

use promethean_core::check::{Surroundings, check};
use promethean_core::const_check::{
    self, Argument, Call, Calls, Conflict, Origin, Signature, UnitSource, View, calls, report,
    signature,
};
use promethean_core::declaration::Declaration;
use promethean_core::ecosystem::{Ecosystem, Link, Literal, Location, quoted_title};
use promethean_core::problem::{Problem, RULES, rule_of};
use promethean_core::resolve::{Options, ResolveError};

use crate::parse::{self, Parsed};

/// Files that break a rule together; the first is the one that is compiled and run.
pub(crate) struct Files {
    pub(crate) rule: &'static str,
    pub(crate) files: &'static [(&'static str, &'static str)],
}

const fn files(rule: &'static str, files: &'static [(&'static str, &'static str)]) -> Files {
    Files { rule, files }
}

#[rustfmt::skip]
const ALL: &[Files] = &[
    files("unknown-unit", &[
        ("a::A", r#"script web { run "web"; depends_on b::B.mongdb; }"#),
        ("b::B", "external mongodb; external chroma;"),
    ]),
    files("unknown-unit", &[
        ("a::A", r#"script web { run "web"; depends_on b::B.redis; }"#),
        ("b::B", "external one; external two;"),
    ]),
    files("unknown-unit", &[
        ("a::A", r#"script web { run "web"; depends_on b::B.redis; }"#),
        ("b::B", "external a1; external a2; external a3; external a4; external a5; external a6;
                  external a7; external a8; external a9; external a10;"),
    ]),
    files("unknown-unit", &[
        ("a::A", r#"script web { run "web"; depends_on b::B.redis; }"#),
        ("b::B", "name nothing;"),
    ]),
    files("unknown-unit", &[
        ("a::A", r#"script web { run "web"; depends_on b::B.duck.vioce; }"#),
        ("b::B", r#"external other; agent duck { script voice { run "v"; } script ears { run "e"; } }"#),
    ]),
    files("unknown-unit", &[
        ("a::A", r#"script web { run "web"; depends_on b::B.dukc.voice; }"#),
        ("b::B", r#"external other; agent duck { script voice { run "v"; } }"#),
    ]),
    files("unknown-unit", &[
        ("a::A", r#"use b::B; external db; agent duck: bot { script ears { run "e"; depends_on other; } }"#),
        ("b::B", r#"template bot { script voice { run "v"; } }"#),
    ]),
    files("unknown-unit", &[
        ("a::A", r#"use b::B; agent duck: bot; script web { run "web"; depends_on duck.vioce; }"#),
        ("b::B", r#"template bot { script voice { run "v"; } }"#),
    ]),
    files("unknown-unit", &[
        ("a::A", r#"script web { run "web"; depends_on b::B.duck_voice; }"#),
        ("b::B", r#"external other; agent duck { script voice { run "v"; } script ears { run "e"; } }"#),
    ]),
    files("unknown-unit", &[
        ("a::A", r#"script web { run "web"; depends_on b::B.voice; }"#),
        ("b::B", r#"external other; agent duck { script voice { run "v"; } script ears { run "e"; } }"#),
    ]),
    files("unknown-unit", &[
        ("a::A", r#"use b::B; external db; agent duck: bot { script ears { run "e"; depends_on duck_voice; } }"#),
        ("b::B", r#"template bot { script voice { run "v"; } }"#),
    ]),
    files("missing-key", &[
        ("a::A", r#"use b::B; agent d: bot { env { NAM = "x"; } }"#),
        ("b::B", r#"template bot { env { NAME; } script voice { run "v"; } }"#),
    ]),
    files("missing-key", &[
        ("a::A", r#"use b::B; script web { run "w"; env { ..common; token = "x"; } }"#),
        ("b::B", "env common { TOKEN; }"),
    ]),
    files("unknown-name", &[
        ("a::A", "use b::B; agent duck: bot;"),
        ("b::B", "use c::C;"),
        ("c::C", r#"template bot { script voice { run "v"; } }"#),
    ]),
    files("unknown-name", &[
        ("a::A", r#"use b::B; script web { run "web"; env { ..discord; } }"#),
        ("b::B", "use c::C;"),
        ("c::C", "env discord { CHANNEL = 1; }"),
    ]),
    files("unknown-name", &[
        ("a::A", "use b::B; agent duck: bto;"),
        ("b::B", r#"template bot { script voice { run "v"; } }"#),
    ]),
    files("unknown-name", &[
        ("a::A", "use b::B; agent duck: bot;"),
        ("b::B", "name nothing;"),
    ]),
    files("unknown-name", &[
        ("a::A", r#"use b::B; script web { run "web"; env { ..postgres; } }"#),
        ("b::B", "env discord { A = 1; } env llm { B = 1; }"),
    ]),
    files("unknown-name", &[
        ("a::A", "use b::B; agent duck: bot { without ears; }"),
        ("b::B", r#"template bot { script voice { run "v"; } script cephalon { run "c"; } }"#),
    ]),
    files("unknown-name", &[
        ("a::A", "use b::B; agent duck: bot { override ears { autorestart false; } }"),
        ("b::B", r#"template bot { script voice { run "v"; } script cephalon { run "c"; } }"#),
    ]),
    files("unknown-name", &[
        ("a::A", r#"use b::B; script web: lout { run "w"; }"#),
        ("b::B", "template loud { max_restarts 3; }"),
    ]),
    files("unknown-name", &[
        ("a::A", r#"use b::B; template own: lout { max_restarts 3; } script web: own { run "w"; }"#),
        ("b::B", "template loud { max_restarts 3; }"),
    ]),
    files("unknown-name", &[
        ("a::A", "use b::B; agent duck: loud, bot { without ears; }"),
        ("b::B", r#"template loud { max_restarts 3; }
                    template base { script cephalon { run "c"; } }
                    template bot: base { script voice { run "v"; } }"#),
    ]),
    files("template-of-services", &[
        ("a::A", r#"use b::B; script web: bot { run "w"; }"#),
        ("b::B", r#"template bot { script voice { run "v"; } }"#),
    ]),
    files("template-of-services", &[
        ("a::A", r#"use b::B; template own: bot { max_restarts 3; } script web: own { run "w"; }"#),
        ("b::B", r#"template base { script voice { run "v"; } } template bot: base {}"#),
    ]),
    files("template-cycle", &[
        ("a::A", r#"name one; use b::B; template x: y { max_restarts 3; } script web: x { run "w"; }"#),
        ("b::B", "name two; use a::A; template y: x { max_memory_restart 1G; }"),
    ]),
    files("template-cycle", &[
        ("a::A", r#"name one; use b::B; template x: y {} template z: x {} script web: z { run "w"; }"#),
        ("b::B", "name two; use a::A; template y: z {}"),
    ]),
    files("missing-key", &[
        ("a::A", r#"use b::B; script web: loud { run "w"; }"#),
        ("b::B", "name base; template quiet { env { TOKEN; } } template loud: quiet { max_restarts 3; }"),
    ]),
    files("missing-key", &[
        ("a::A", r#"name one; use b::B; template own: loud { env { TOKEN; } } script web: own { run "w"; }"#),
        ("b::B", "template loud { max_restarts 3; }"),
    ]),
    files("agent-placeholder-outside", &[
        ("a::A", r#"use b::B; script web: loud { run "w"; }"#),
        ("b::B", r#"template loud { out_file "{agent}.log"; }"#),
    ]),
    files("port-conflict", &[
        ("a::A", r#"use b::B; script web: loud { run "w"; } script api: loud { run "a"; }"#),
        ("b::B", "use c::C; template loud: port {}"),
        ("c::C", "template port { port 80; }"),
    ]),
    files("instances-share-port", &[
        ("a::A", r#"use b::B; script web { run "w"; listen http 81; }"#),
        ("b::B", "defaults { instances 2; }"),
    ]),
    files("instances-share-port", &[
        ("a::A", r#"use b::B; script web { run "w"; instances 2; }"#),
        ("b::B", "defaults { listen http auto; }"),
    ]),
    files("two-restart-delays", &[
        ("a::A", r#"use b::B; script web: loud { run "w"; restart_delay 1s; }"#),
        ("b::B", "template loud { exp_backoff_restart_delay 100ms; }"),
    ]),
    files("duplicate-unit", &[
        ("a::A", "use b::B; agent duck: one, two;"),
        ("b::B", r#"template one { script voice { run "v"; } } template two { script voice { run "v"; } }"#),
    ]),
    files("ambiguous-name", &[
        ("a::A", "use b::B; use c::C; agent duck: bot;"),
        ("b::B", r#"template bot { script voice { run "v"; } }"#),
        ("c::C", r#"template bot { script ears { run "e"; } }"#),
    ]),
    files("missing-key", &[
        ("a::A", r#"use b::B; agent duck { env { ..discord; } script bot { run "bot"; } }"#),
        ("b::B", "name base; env discord { TOKEN; }"),
    ]),
    files("missing-key", &[
        ("a::A", "use b::B; agent duck: bot;"),
        ("b::B", r#"name base; template bot { env { TOKEN; } script voice { run "v"; } }"#),
    ]),
    files("missing-key", &[
        ("a::A", r#"use b::B; script web { run "web"; }"#),
        ("b::B", "defaults { env { TOKEN; } }"),
    ]),
    files("missing-key", &[
        ("a::A", r#"use b::B; script web { run "web"; env { TOKEN; } }"#),
        ("b::B", "name base;"),
    ]),
    files("include-cycle", &[
        ("a::A", "name one; include b::B;"),
        ("b::B", "name two; include a::A;"),
    ]),
    files("include-cycle", &[
        ("a::A", "include b::B;"),
        ("b::B", "include c::C;"),
        ("c::C", "include a::A;"),
    ]),
    files("include-cycle", &[("a::A", "include a::A;")]),
    files("dependency-cycle", &[
        ("a::A", r#"name one; script a { run "a"; depends_on b::B.b; }"#),
        ("b::B", r#"name two; script b { run "b"; depends_on a::A.a; }"#),
    ]),
    files("nothing-to-be-ready", &[
        ("a::A", r#"script web { run "web"; depends_on b::B.db (ready); }"#),
        ("b::B", "external db;"),
    ]),
    files("never-restarts", &[
        ("a::A", r#"script web { run "web"; depends_on b::B.db (restarts); }"#),
        ("b::B", "external db;"),
    ]),
    files("never-restarts", &[
        ("a::A", r#"script web { run "web"; depends_on b::B (started, restarts); }"#),
        ("b::B", r#"external db; script job { run "job"; }"#),
    ]),
    files("never-completes", &[
        ("a::A", r#"script web { run "web"; depends_on b::B.job (completed); }"#),
        ("b::B", r#"script job { run "job"; }"#),
    ]),
    files("never-completes", &[
        ("a::A", r#"script web { run "web"; depends_on b::B.duck.job (completed); }"#),
        ("b::B", r#"agent duck { script job { run "job"; cron_restart "0 4 * * *"; } }"#),
    ]),
    files("never-completes", &[
        ("a::A", r#"script web { run "web"; depends_on b::B.db (completed); }"#),
        ("b::B", "external db;"),
    ]),
    files("never-completes", &[
        ("a::A", r#"script web { run "web"; depends_on b::B.job (completed); }"#),
        ("b::B", r#"script job { run "job"; autorestart false; autostart false; }"#),
    ]),
    files("port-conflict", &[
        ("a::A", r#"script web { run "w"; listen http 80; } include b::B;"#),
        ("b::B", r#"script api { run "a"; listen http 8000; listen metrics: http "0.0.0.0:80"; }"#),
    ]),
    files("port-conflict", &[
        ("a::A", r#"script web { run "w"; listen http "192.168.1.2:80"; } include b::B;"#),
        ("b::B", r#"external api { listen http "0.0.0.0:80"; }"#),
    ]),
    files("port-conflict", &[
        ("a::A", r#"script web { run "w"; listen http "localhost:80"; } include b::B;"#),
        ("b::B", "use c::C; agent duck: bot;"),
        ("c::C", r#"template bot { script voice { run "v"; listen http 80; } }"#),
    ]),
    files("port-conflict", &[
        ("a::A", "use b::B; agent duck: bot; agent crow: bot;"),
        ("b::B", r#"template bot { script voice { run "v"; listen http "0.0.0.0:80"; } }"#),
    ]),
    files("unknown-target", &[
        ("a::A", r#"script web { run "web"; env { A = url b::B.broekr; } }"#),
        ("b::B", r#"script broker { run "b"; listen amqp 5672; } external other;"#),
    ]),
    files("unknown-target", &[
        ("a::A", r#"script web { run "web"; args "{address b::B.nobody}"; }"#),
        ("b::B", r#"script broker { run "b"; listen amqp 5672; } external other;"#),
    ]),
    files("unknown-name", &[
        ("a::A", r#"use b::B; script web { run "w"; on nppu; }"#),
        ("b::B", r#"machine pi "pi.lan" { has npu; }"#),
    ]),
    files("unknown-name", &[
        ("a::A", r#"use b::B; script web { run "w"; on fpga; }"#),
        ("b::B", r#"machine pi "pi.lan" { has npu, gpu; } machine stealth "s.lan" { has gpu; }"#),
    ]),
    files("unknown-name", &[
        ("a::A", r#"use b::B; defaults { on pi; } script web { run "w"; }"#),
        ("b::B", "defaults { autorestart false; }"),
    ]),
    files("several-machines", &[
        ("a::A", r#"use c::C; script web { run "w"; on pi; env { A = url b::B.proxx; } }"#),
        ("b::B", r#"use c::C; node proxx { on npu; listen http "0.0.0.0:1"; }"#),
        ("c::C", r#"machine pi "pi.lan" { has npu; } machine stealth "s.lan" { has npu; }"#),
    ]),
    files("other-machine", &[
        ("a::A", r#"use c::C; script web { run "w"; on npu; env { A = "{address b::B.proxx}"; } }"#),
        ("b::B", "use c::C; template on-s { on stealth; } node proxx: on-s { listen http 8789; }"),
        ("c::C", r#"machine pi "pi.lan" { has npu; } machine stealth "s.lan" { has npu; }"#),
    ]),
    files("other-machine", &[
        ("a::A", r#"use c::C; agent duck { on pi; script web { run "w"; env { A = url owl.proxx:m; } } }
                  agent owl: bird { on stealth; }"#),
        ("c::C", r#"machine pi "pi.lan"; machine stealth "s.lan";
                  template bird { node proxx { listen http 8789; listen m: http "127.0.0.1:1"; } }"#),
    ]),
    files("unknown-endpoint", &[
        ("a::A", r#"script web { run "web"; env { A = url b::B.broker:admni; } }"#),
        ("b::B", r#"script broker { run "b"; listen amqp 5672; listen admin: http 15672; }"#),
    ]),
    files("unknown-endpoint", &[
        ("a::A", r#"script web { run "web"; env { A = "{port b::B.broker:x}"; } }"#),
        ("b::B", r#"script broker { run "b"; listen amqp 5672; listen admin: http 15672; }"#),
    ]),
    files("unknown-endpoint", &[
        ("a::A", r#"script web { run "web"; env { A = host b::B.redis; } }"#),
        ("b::B", "external redis;"),
    ]),
    files("ambiguous-endpoint", &[
        ("a::A", r#"script web { run "web"; env { A = url b::B.duck.broker; } }"#),
        ("b::B", "use c::C; agent duck: bot;"),
        ("c::C", r#"template bot { listen a: http 1; script broker { run "b"; listen b: http 2; } }"#),
    ]),
    files("ambiguous-endpoint", &[
        ("a::A", r#"script web { run "web"; env { A = url b::B.duck; } }"#),
        ("b::B", r#"agent duck { script one { run "1"; listen http 1; } script two { run "2"; listen http 2; } }"#),
    ]),
    files("ambiguous-endpoint", &[
        ("a::A", r#"script web { run "web"; env { A = "{url b::B.duck:metrics}"; } }"#),
        ("b::B", "use c::C; agent duck: bot;"),
        ("c::C", r#"template bot { listen metrics: http auto; script one { run "1"; } script two { run "2"; } }"#),
    ]),
    files("unknown-endpoint", &[
        ("a::A", r#"script web { run "web"; env { A = port b::B.duck:metrisc; } }"#),
        ("b::B", "use c::C; agent duck: bot;"),
        ("c::C", r#"template bot { script one { run "1"; listen http 1; } script two { run "2"; listen metrics: http 2; } }"#),
    ]),
    files("unknown-endpoint", &[
        ("a::A", r#"script web { run "web"; env { A = port b::B.duck:x; } }"#),
        ("b::B", r#"agent duck { script one { run "1"; listen http 1; } script two { run "2"; listen metrics: http 2; } }"#),
    ]),
    files("unknown-endpoint", &[
        ("a::A", r#"script web { run "web"; env { A = host b::B.duck; } }"#),
        ("b::B", r#"agent duck { script one { run "1"; } }"#),
    ]),
    files("url-without-scheme", &[
        ("a::A", r#"script web { run "web"; env { A = url b::B.duck:metrics; } }"#),
        ("b::B", r#"agent duck { script one { run "1"; listen http 1; } script two { run "2"; listen metrics: 2; } }"#),
    ]),
    files("unknown-endpoint", &[
        ("a::A", r#"use b::B; agent duck: bot { script web { run "web"; env { A = url voice:metrisc; } } }"#),
        ("b::B", r#"template bot { script voice { run "v"; listen http 1; listen metrics: http 2; } }"#),
    ]),
    files("unknown-endpoint", &[
        ("a::A", r#"use b::B; agent duck: bot; script web { run "web"; args "{port duck.voice:x}"; }"#),
        ("b::B", r#"template bot { script voice { run "v"; listen http 1; listen metrics: http 2; } }"#),
    ]),
    files("ambiguous-endpoint", &[
        ("a::A", r#"use b::B; agent duck: bot; script web { run "web"; env { A = url duck; } }"#),
        ("b::B", r#"template bot { script one { run "1"; listen http 1; } script two { run "2"; listen http 2; } }"#),
    ]),
    files("unknown-endpoint", &[
        ("a::A", "use b::B; agent duck: bot { override ears { env { A = address voice; } } }"),
        ("b::B", r#"template bot { script voice { run "v"; } script ears { run "e"; } }"#),
    ]),
    files("port-conflict", &[
        ("a::A", r#"script web { run "w"; listen metrics: http 9100; } include b::B;"#),
        ("b::B", r#"script api { run "a"; listen http 8000; listen metrics: http 9100; }"#),
    ]),
    files("port-conflict", &[
        ("a::A", "include b::B; include c::C;"),
        ("b::B", r#"script api { run "a"; listen http 8000; listen metrics: http "0.0.0.0:9100"; }"#),
        ("c::C", r#"agent duck { script voice { run "v"; listen admin: http "[::1]:9101"; listen metrics: tcp 9100; } }"#),
    ]),
    files("url-without-scheme", &[
        ("a::A", r#"script web { run "web"; env { A = url b::B.broker "/v1"; } }"#),
        ("b::B", r#"script broker { run "b"; port 5672; }"#),
    ]),
    files("url-without-scheme", &[
        ("a::A", r#"script web { run "web"; env { A = "{url b::B.broker:admin}"; } }"#),
        ("b::B", r#"use c::C; script broker { run "b"; listen amqp 5672; listen admin: auto; }"#),
        ("c::C", "defaults { restart_delay 1s; }"),
    ]),
    files("duplicate-unit", &[
        ("a::A", r#"name one; script web { run "web"; } include b::B;"#),
        ("b::B", r#"script web { run "web"; }"#),
    ]),
    files("port-conflict", &[
        ("a::A", "use b::B; agent duck: bot; agent crow: bot;"),
        ("b::B", r#"template bot { script voice { run "v"; port 80; } }"#),
    ]),
    files("port-conflict", &[
        ("a::A", r#"use b::B; script api { run "a"; } script web { run "w"; }"#),
        ("b::B", "defaults { port 80; }"),
    ]),
    files("port-conflict", &[
        ("a::A", r#"script web { run "w"; port 80; } include b::B;"#),
        ("b::B", "use c::C; agent duck: bot;"),
        ("c::C", r#"template bot { script voice { run "v"; port 80; } }"#),
    ]),
    files("duplicate-unit", &[
        ("a::A", r#"use b::B; agent duck: bot { script voice { run "other"; } }"#),
        ("b::B", r#"template bot { script voice { run "v"; } }"#),
    ]),
    files("duplicate-unit", &[
        ("a::A", r#"use b::B; script duck_voice { run "other"; } agent duck: bot;"#),
        ("b::B", r#"template bot { script voice { run "v"; } }"#),
    ]),
    files("similar-names", &[
        ("a::A", r#"script web { run "w"; } include b::B;"#),
        ("b::B", r#"script Web { run "w"; }"#),
    ]),
    files("similar-names", &[
        ("a::A", r#"use b::B; script duck-voice { run "w"; } agent duck: bot;"#),
        ("b::B", r#"template bot { script voice { run "v"; } }"#),
    ]),
    files("dependency-cycle", &[
        ("a::A", "use b::B; agent duck: bot { override voice { depends_on ears; } }"),
        ("b::B", r#"template bot { script voice { run "v"; } script ears { run "e"; depends_on voice; } }"#),
    ]),
    files("dependency-cycle", &[
        ("a::A", r#"use b::B; agent duck: bot { override voice { depends_on web; } }
                  script web { run "w"; depends_on duck.ears; }"#),
        ("b::B", r#"template bot { script voice { run "v"; } script ears { run "e"; depends_on voice; } }"#),
    ]),
    files("depends-on-itself", &[
        ("a::A", "use b::B; agent duck: bot { override voice { depends_on voice; } }"),
        ("b::B", r#"template bot { script voice { run "v"; } }"#),
    ]),
    files("without-dependency", &[
        ("a::A", "use b::B; agent duck: bot { without pump; }"),
        ("b::B", r#"template bot { script pump { run "p"; } script sink { run "s"; depends_on pump; } }"#),
    ]),
    files("not-in-profile", &[
        ("a::A", r#"script web { run "w"; depends_on b::B.job; }"#),
        ("b::B", r#"script job { run "j"; only_profile dev; }"#),
    ]),
    files("not-in-profile", &[
        ("a::A", r#"use b::B; agent duck: bot; script web { run "w"; depends_on duck.job; }"#),
        ("b::B", r#"template bot { script job { run "j"; only_profile dev, test, "a b"; } }"#),
    ]),
    files("never-completes", &[
        ("a::A", r#"use b::B; agent duck: bot { script web { run "w"; depends_on job (completed); } }"#),
        ("b::B", r#"template bot { script job { run "j"; } }"#),
    ]),
    files("never-completes", &[
        ("a::A", "use b::B; agent duck: bot { override job { cron_restart \"0 4 * * *\"; } }"),
        ("b::B", r#"template bot { script job { run "j"; autorestart false; }
                    script web { run "w"; depends_on job (completed); } }"#),
    ]),
    files("never-completes", &[
        ("a::A", r#"use b::B; script job { run "j"; } script web { run "w"; depends_on job (completed); }"#),
        ("b::B", "defaults { max_restarts 3; }"),
    ]),
    files("nothing-to-be-ready", &[
        ("a::A", r#"use b::B; agent duck: bot; script web { run "w"; depends_on duck.job (ready); }"#),
        ("b::B", r#"template bot { script job { run "j"; } }"#),
    ]),
    files("nothing-to-be-ready", &[
        ("a::A", r#"script web { run "w"; depends_on b::B.duck.job (ready); }"#),
        ("b::B", "use c::C; agent duck: bot;"),
        ("c::C", r#"template bot { script job { run "j"; } }"#),
    ]),
    files("wrong-kind", &[
        ("a::A", r#"use b::B; agent duck: bot { override voice { entry "x.js"; } }"#),
        ("b::B", "template bot { python voice { module app; } }"),
    ]),
    files("wrong-kind", &[
        ("a::A", "use b::B; agent duck: bot { override voice { module app; } }"),
        ("b::B", "template bot { node voice; }"),
    ]),
    files("cluster-without-node", &[
        ("a::A", "use b::B; python tts { module app; }"),
        ("b::B", "defaults { exec_mode cluster; }"),
    ]),
    files("cluster-without-node", &[
        ("a::A", "use b::B; agent duck: bot { exec_mode cluster; }"),
        ("b::B", r#"template bot { script voice { run "v"; } }"#),
    ]),
    files("messages-without-node", &[
        ("a::A", "use b::B; agent duck: bot { wait_ready true; }"),
        ("b::B", r#"template bot { node web { runner npm; run "dev"; } }"#),
    ]),
    files("messages-without-node", &[
        ("a::A", r#"use b::B; node web { runner npm; run "dev"; }"#),
        ("b::B", "defaults { shutdown_with_message true; }"),
    ]),
    files("node-run", &[
        ("a::A", "use b::B; node web;"),
        ("b::B", r#"defaults { run "dev"; }"#),
    ]),
    files("instances-share-port", &[
        ("a::A", r#"use b::B; script web { run "w"; port 80; }"#),
        ("b::B", "defaults { instances 2; }"),
    ]),
    files("two-restart-delays", &[
        ("a::A", r#"use b::B; script web { run "w"; restart_delay 1s; }"#),
        ("b::B", "defaults { exp_backoff_restart_delay 100ms; }"),
    ]),
    files("node-run", &[
        ("a::A", "use b::B; agent duck: bot;"),
        ("b::B", "template bot { node web { runner npm; } }"),
    ]),
    files("node-run", &[
        ("a::A", "use b::B; node web;"),
        ("b::B", "defaults { runner npm; }"),
    ]),
    files("script-without-run", &[
        ("a::A", "use b::B; agent duck: bot;"),
        ("b::B", "template bot { script web; }"),
    ]),
    files("script-without-run", &[
        ("a::A", "use b::B; script web;"),
        ("b::B", "defaults { max_restarts 3; }"),
    ]),
    files("agent-placeholder-outside", &[
        ("a::A", r#"use b::B; script web { run "w"; }"#),
        ("b::B", r#"defaults { out_file "{agent}.log"; }"#),
    ]),
    files("agent-placeholder-outside", &[
        ("a::A", r#"use b::B; script web { run "w"; env { ..bot; } }"#),
        ("b::B", r#"env bot { NAME = "{agent}"; }"#),
    ]),
    files("agent-placeholder-outside", &[
        ("a::A", r#"use b::B; script web { run "w"; env { ..bot; } }"#),
        ("b::B", r#"env bot { NAME = secret or "{agent}"; }"#),
    ]),
    files("port-conflict", &[
        ("a::A", r#"name one; script web { run "web"; port 80; } include b::B;"#),
        ("b::B", r#"agent duck { script api { run "api"; port 80; } }"#),
    ]),
];

/// An ecosystem of one of the files.
pub(crate) struct Opened {
    ecosystem: &'static Ecosystem,
    declaration: Declaration,
    signature: Signature,
    view: View,
    paths: Vec<String>,
    pub(crate) problems: Vec<Problem>,
    pending: Vec<Problem>,
}

/// How often files that lead back to each other are opened: what is behind is never looked at.
const DEEPEST: usize = 8;

/// Opens a file and those that it refers to. Each time that a path is followed it leads to a copy,
/// which has the id and the place of the others and so is the same ecosystem.
pub(crate) fn open(files: &Files, number: usize, depth: usize) -> Opened {
    open_in(files, number, depth, None)
}

/// The same, with the directory that the root of the file is relative to.
fn open_in(files: &Files, number: usize, depth: usize, directory: Option<&Path>) -> Opened {
    let (_, source) = files.files[number];
    let mut parsed = parse::ecosystem(source.parse().expect("tokens of Rust"));
    parsed.add_problems(check(
        &parsed.declaration,
        Surroundings { directory, ..Surroundings::default() },
    ));
    let paths: Vec<String> = parsed.links.iter().map(|link| link.path.clone()).collect();
    let links = paths.iter().map(|path| {
        let known = files.files.iter().position(|(known, _)| known == path);
        let number = known.unwrap_or_else(|| panic!("no file has the path {path}"));
        let ecosystem = match depth {
            0 => Box::leak(Box::new(Ecosystem::from_declaration(Declaration::default(), "/", &[]))),
            _ => open(files, number, depth - 1).ecosystem,
        };
        Link { path: path.clone().leak(), ecosystem }
    });
    let links: &'static [Link] = links.collect::<Vec<_>>().leak();
    let declaration = std::mem::take(&mut parsed.declaration);
    let line = u32::try_from(number).expect("few files") + 1;
    let title = quoted_title(&declaration, "files.rs", line);
    let link_paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let signature = signature(&declaration, &title, &link_paths, false);
    let bytes: &'static [u8] = signature.bytes.clone().leak();
    let id = u64::from(line);
    let json = serde_json::to_string(&declaration).expect("JSON").leak();
    let decoded: &'static OnceLock<Declaration> = Box::leak(Box::new(OnceLock::new()));
    let place = Location { file: "files.rs", line, column: 1 };
    let literal = Literal {
        json,
        id,
        signature: bytes,
        decoded,
        directory: "/",
        package: "files",
        place,
        item: "",
        links,
        expressions: &[],
    };
    let ecosystem = Box::leak(Box::new(Ecosystem::from_literal(literal)));
    let view = View::new(id, bytes, links);
    let Parsed { problems, pending, .. } = parsed;
    Opened { ecosystem, declaration, signature, view, paths, problems, pending }
}

/// What the constants of the first file say.
pub(crate) fn compiled(opened: &Opened) -> Vec<String> {
    let paths: Vec<&str> = opened.paths.iter().map(String::as_str).collect();
    let Calls { calls, sources } = calls(&opened.declaration, &paths, &opened.pending);
    let own = opened.view;
    let mut said: Vec<String> =
        calls.iter().filter_map(|call| failure(|| run(own, call))).collect();
    let findings = const_check::findings(own);
    let sites = opened.signature.sites.iter();
    said.extend(sites.filter_map(|site| failure(|| report(&findings, site.number))));
    let conflicts = conflicts(own, &sources);
    for (Origin { link, unit, .. }, conflict) in sources.iter().zip(conflicts) {
        said.extend(failure(|| match unit {
            None => const_check::included(own, *link, conflict),
            Some(unit) => const_check::depended_on(own, *link, unit.clone().leak(), conflict),
        }));
    }
    said
}

/// The conflicts that come with each source; constants know their number.
fn conflicts(own: View, sources: &[Origin]) -> Vec<Option<Conflict>> {
    macro_rules! of_count {
        ($($count:literal),*) => {
            match sources.len() {
                $($count => {
                    let all: [UnitSource; $count] = std::array::from_fn(|at| source(&sources[at]));
                    const_check::conflicts(own, all).to_vec()
                })*
                more => panic!("{more} sources"),
            }
        };
    }
    of_count!(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
}

fn source(Origin { link, unit, .. }: &Origin) -> UnitSource {
    UnitSource { link: *link, unit: unit.clone().map(|unit| &*unit.leak()) }
}

/// Evaluates a check about machines.
fn of_machines(own: View, arguments: &[Argument]) {
    let text = |text: &String| -> &'static str { text.clone().leak() };
    match arguments {
        [Argument::Text(name)] => const_check::known_machine(own, text(name)),
        [
            Argument::Number(link),
            Argument::Text(unit),
            Argument::Text(called),
            Argument::Text(wanted),
            Argument::Text(on),
        ] => const_check::reached(own, *link, text(unit), text(called), text(wanted), text(on)),
        _ => panic!("{arguments:?}"),
    }
}

fn run(own: View, Call { function, arguments, .. }: &Call) {
    let text = |text: &String| -> &'static str { text.clone().leak() };
    match (*function, arguments.as_slice()) {
        (
            "condition_can_hold",
            [Argument::Number(link), Argument::Text(unit), Argument::Flag(ready)],
        ) => {
            const_check::condition_can_hold(own, *link, text(unit), *ready);
        }
        ("can_restart", [Argument::Number(link), Argument::Text(unit)]) => {
            const_check::can_restart(own, *link, text(unit));
        }
        ("known_target", [Argument::Number(link), Argument::Text(unit)]) => {
            const_check::known_target(own, *link, text(unit));
        }
        (
            "known_endpoint",
            [
                Argument::Number(link),
                Argument::Text(unit),
                Argument::Text(endpoint),
                Argument::Flag(is_url),
            ],
        ) => {
            const_check::known_endpoint(own, *link, text(unit), text(endpoint), *is_url);
        }
        (
            "endpoint_of_member",
            [
                Argument::Text(agent),
                Argument::Text(service),
                Argument::Text(called),
                Argument::Text(endpoint),
                Argument::Flag(is_url),
            ],
        ) => {
            let [service, called] = [service, called].map(text);
            const_check::endpoint_of_member(
                own,
                text(agent),
                service,
                called,
                text(endpoint),
                *is_url,
            );
        }
        ("known_own_unit", [Argument::Text(agent), Argument::Text(unit)]) => {
            const_check::known_own_unit(own, text(agent), text(unit));
        }
        ("known_template", [Argument::Text(name)]) => const_check::known_template(own, text(name)),
        ("attributes_alone", [Argument::Text(service), Argument::Text(name)]) => {
            const_check::attributes_alone(own, text(service), text(name));
        }
        ("no_template_cycle", [Argument::Text(template), Argument::Text(from)]) => {
            const_check::no_template_cycle(own, text(template), text(from));
        }
        ("known_set", [Argument::Text(name)]) => const_check::known_set(own, text(name)),
        ("known_machine" | "reached", arguments) => of_machines(own, arguments),
        ("known_in_template", [Argument::Text(agent), Argument::Text(service)]) => {
            const_check::known_in_template(own, text(agent), text(service));
        }
        ("known_in_agent", [Argument::Text(agent), Argument::Text(service)]) => {
            const_check::known_in_agent(own, text(agent), text(service));
        }
        (
            "applies_to",
            [Argument::Text(agent), Argument::Text(service), Argument::Texts(wrong)],
        ) => {
            const_check::applies_to(own, text(agent), text(service), array(wrong));
        }
        (
            "unless_elsewhere",
            [
                Argument::Texts(units),
                Argument::Given(gives, weaker),
                Argument::Text(lint),
                Argument::Text(wrong),
            ],
        ) => {
            let (units, lifted) = (array(units), (*gives, *weaker));
            const_check::unless_elsewhere(own, units, lifted, lint, wrong);
        }
        (
            "wrong_override",
            [
                Argument::Text(agent),
                Argument::Text(service),
                Argument::Unless(gives, lint),
                Argument::Texts(wrong),
            ],
        ) => {
            let (lifted, wrong) = ((*gives, *lint), array(wrong));
            const_check::wrong_override(own, text(agent), text(service), lifted, wrong);
        }
        ("similar_profile", [Argument::Text(name)]) => {
            const_check::similar_profile(own, text(name));
        }
        (other, arguments) => panic!("unknown call: {other} {arguments:?}"),
    }
}

/// So many texts, as constants are given them.
fn array<const COUNT: usize>(texts: &[String]) -> [&'static str; COUNT] {
    let texts: Vec<&'static str> = texts.iter().map(|text| &*text.clone().leak()).collect();
    texts.try_into().unwrap_or_else(|texts| panic!("{texts:?}"))
}

/// What a constant stops the build with.
fn failure(evaluate: impl FnOnce()) -> Option<String> {
    let failed = catch_unwind(AssertUnwindSafe(evaluate)).err()?;
    let said = failed.downcast::<String>().map(|said| *said);
    Some(said.unwrap_or_else(|_| "a panic that says nothing".to_owned()))
}

/// What resolution says, with the names of the rules.
fn resolved(opened: &Opened) -> Vec<(&'static str, String)> {
    match opened.ecosystem.resolve(&Options::default()) {
        Err(ResolveError::Problems(problems)) => {
            let faults = problems.iter().map(|located| &located.fault);
            faults.map(|fault| (fault.rule(), fault.diagnostic().to_string())).collect()
        }
        other => panic!("{other:?}"),
    }
}

/// What constants keep on the stack is more than a thread of a test has.
pub(crate) fn on_a_large_stack(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(256 << 20).spawn(test);
    thread.expect("a thread").join().expect("the test passes");
}

/// A message without the name of the service of an agent: resolution has it in the path.
fn of_no_service(said: &str) -> String {
    let lines = said.lines().filter(|line| !line.starts_with("  in: "));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn both_fronts_say_the_same() {
    on_a_large_stack(|| {
        let mut different = Vec::new();
        for files in ALL {
            let opened = open(files, 0, DEEPEST);
            assert_eq!(opened.problems, [], "{:?}", files.files);
            let (compiled, resolved) = (compiled(&opened), resolved(&opened));
            let expected: Vec<(&str, String)> =
                compiled.iter().map(|said| (files.rule, of_no_service(said))).collect();
            let rules: Vec<_> = compiled.iter().map(|said| rule_of(said)).collect();
            if rules != [Some(files.rule)] || resolved != expected {
                different.push(format!(
                    "{}: {:?}\n  compiled: {compiled:#?}\n  resolved: {resolved:#?}",
                    files.rule, files.files
                ));
            }
        }
        assert!(different.is_empty(), "{}", different.join("\n"));
    });
}

/// What the constants say where resolution does not ask: how it is written.
#[rustfmt::skip]
const COMPILED: &[Files] = &[
    files("no-effect", &[
        ("a::A", r#"use b::B; agent d: bot { override voice { run "x"; } }"#),
        ("b::B", "template bot { python voice { module app; } }"),
    ]),
    files("no-effect", &[
        ("a::A", "use b::B; agent d: bot { override voice { module app; } }"),
        ("b::B", r#"template bot { python voice { run "x"; } }"#),
    ]),
    files("no-effect", &[
        ("a::A", r#"use b::B; agent d: bot { override voice { runner npm; run "dev"; } }"#),
        ("b::B", r#"template bot { node voice { entry "x.js"; } }"#),
    ]),
    files("no-effect", &[
        ("a::A", r#"use b::B; agent d: bot { override voice { entry "x.js"; } }"#),
        ("b::B", r#"template bot { node voice { runner npm; run "dev"; } }"#),
    ]),
    files("no-effect", &[
        ("a::A", r#"use b::B; node web { entry "x.js"; run "dev"; }"#),
        ("b::B", "defaults { runner npm; }"),
    ]),
    files("no-effect", &[
        ("a::A", "use b::B; agent d: bot { override voice { runner bun; } }"),
        ("b::B", r#"template bot { node voice { interpreter "node20"; } }"#),
    ]),
    files("wrong-file", &[
        ("a::A", r#"use b::B; agent d: bot { override voice { entry "app.py"; } }"#),
        ("b::B", "template bot { node voice; }"),
    ]),
    files("wrong-file", &[
        ("a::A", r#"use b::B; agent d: bot { override voice { run "app.py"; } }"#),
        ("b::B", "template bot { python voice; }"),
    ]),
    files("command-line", &[
        ("a::A", r#"use b::B; agent d: bot { override voice { run "npm start"; } }"#),
        ("b::B", r#"template bot { script voice { run "v"; } }"#),
    ]),
    files("shell-sign", &[
        ("a::A", r#"use b::B; agent d: bot { override voice { run "./voice", "&"; } }"#),
        ("b::B", r#"template bot { script voice { run "v"; } }"#),
    ]),
    files("shell-word", &[
        ("a::A", r#"use b::B; agent d: bot { override voice { run "LEVEL=info", "./voice"; } }"#),
        ("b::B", r#"template bot { script voice { run "v"; } }"#),
    ]),
    files("background", &[
        ("a::A", r#"use b::B; agent d: bot { override voice { run "docker", "run", "-d", "v"; } }"#),
        ("b::B", r#"template bot { script voice { run "v"; } }"#),
    ]),
    files("similar-profiles", &[
        ("a::A", r#"use b::B; script web { run "w"; profile prodution { args "-q"; } }"#),
        ("b::B", "defaults { profile production { max_restarts 3; } }"),
    ]),
    files("similar-profiles", &[
        ("a::A", r#"use b::B; script web { run "w"; only_profile prodution; }"#),
        ("b::B", "defaults { profile production { max_restarts 3; } }"),
    ]),
    files("similar-profiles", &[
        ("a::A", r#"include b::B; script web { run "w"; only_profile prodution; }"#),
        ("b::B", r#"include c::C; script api { run "a"; }"#),
        ("c::C", r#"script db { run "d"; profile production { args "-q"; } }"#),
    ]),
    files("unset-nothing", &[
        ("a::A", r#"use b::B; script web { run "w"; unset watch; }"#),
        ("b::B", "defaults { max_restarts 3; }"),
    ]),
    files("unset-nothing", &[
        ("a::A", r#"use b::B; agent d: bot { script web { run "w"; unset ready; } }"#),
        ("b::B", r#"template bot { script voice { run "v"; ready tcp "127.0.0.1:80"; } }"#),
    ]),
    files("unused-allow", &[
        ("a::A", r#"use b::B; node web { allow port-conflict "x"; }"#),
        ("b::B", "defaults { max_restarts 3; }"),
    ]),
];

#[test]
fn constants_say_what_is_written_for_nothing() {
    on_a_large_stack(|| {
        let mut different = Vec::new();
        for files in COMPILED {
            let opened = open(files, 0, DEEPEST);
            assert_eq!(opened.problems, [], "{:?}", files.files);
            let said = compiled(&opened);
            let rules: Vec<_> = said.iter().map(|said| rule_of(said)).collect();
            if rules != [Some(files.rule)] {
                different.push(format!("{}: {:?}\n  {said:#?}", files.rule, files.files));
            }
        }
        assert!(different.is_empty(), "{}", different.join("\n"));
    });
}

/// Where a finding is reported, in the text of the first file.
#[test]
fn findings_stand_on_what_is_to_change() {
    on_a_large_stack(|| {
        for (place, first, second) in [
            (
                "NAM",
                "use b::B; agent d: bot { env { NAM = \"x\"; } }",
                "template bot { env { NAME; } script voice { run \"v\"; } }",
            ),
            (
                "NAM",
                "use b::B; agent d: bot { override voice { env { A = 1; NAM = \"x\"; } } }",
                "template bot { script voice { run \"v\"; env { NAME; } } }",
            ),
            (
                "run",
                "use b::B; agent d: bot { override voice { run \"x\"; } }",
                "template bot { python voice { module app; } }",
            ),
            (
                "restart_delay",
                "use b::B; agent d: bot { override voice { restart_delay 5s; } }",
                "template bot { script voice { run \"v\"; exp_backoff_restart_delay 100ms; } }",
            ),
        ] {
            let files = [("a::A", first), ("b::B", second)];
            let files = Files { rule: "", files: files.to_vec().leak() };
            let opened = open(&files, 0, DEEPEST);
            assert_eq!(opened.problems, [], "{first}");
            let findings = const_check::findings(opened.view);
            let parsed = parse::ecosystem(first.parse().expect("tokens of Rust"));
            let sites = opened.signature.sites.iter();
            let reported =
                sites.filter(|site| failure(|| report(&findings, site.number)).is_some());
            let places: Vec<String> = reported
                .map(|site| parsed.source.place(site.span_id).first.source_text())
                .map(|text| text.expect("the source is there"))
                .collect();
            assert_eq!(places, [place], "{first}");
        }
    });
}

/// Files that are right together, though the first by itself is not.
#[rustfmt::skip]
const RIGHT: &[&[(&str, &str)]] = &[
    &[("a::A", "use b::B; script web;"), ("b::B", r#"defaults { run "w"; }"#)],
    &[("a::A", r#"use b::B; node web { run "dev"; }"#), ("b::B", "defaults { runner npm; }")],
    &[("a::A", "use b::B; script web: loud;"), ("b::B", r#"template loud { run "w"; }"#)],
    &[("a::A", "use b::B; use c::C; template own: bot {} script web: loud;
                  agent duck: quiet, own { override talk { port 80; } without listen; script last { depends_on talk; } }"),
      ("b::B", "use c::C; template loud: quiet { env { KEY = 1; } }
                  template bot: loud { script talk; script listen: quiet { depends_on talk; } }"),
      ("c::C", r#"template quiet { run "w"; env { KEY; } }"#)],
    &[("a::A", r#"use b::B; script web { run "w"; port 80; } script api { run "a"; port 80; }"#),
      ("b::B", r#"defaults { allow port-conflict "one at a time"; }"#)],
    &[("a::A", r#"use b::B; script web { run "w"; port 80; instances 2; }"#),
      ("b::B", r#"defaults { allow instances-share-port "tried"; }"#)],
    &[("a::A", r#"use b::B; script web { run "w"; } script Web { run "w"; }"#),
      ("b::B", r#"defaults { allow similar-names "tried"; }"#)],
    &[("a::A", r#"use b::B; script job { run "j"; } script web { run "w"; depends_on job (completed); }"#),
      ("b::B", "defaults { autorestart false; }")],
    &[("a::A", r#"use b::B; script web { run "w"; env { ..common; unset X; } }"#),
      ("b::B", "env common { X = 1; }")],
    &[("a::A", r#"use b::B; agent duck: bot { override voice { env { PORT = "3001"; }
                  allow port-twice "it reads its own"; } }"#),
      ("b::B", r#"template bot { script voice { run "v"; port 3000; } }"#)],
    &[("a::A", r#"use b::B; agent duck: bot { override voice { ready tcp "127.0.0.1:3001"; args "--admin=3001"; } }"#),
      ("b::B", r#"template bot { script voice { run "v"; port 3000; } }"#)],
    &[("a::A", r#"use b::B; python web { run "w"; }"#), ("b::B", "defaults { module app; }")],
    &[("a::A", r#"use b::B; agent d: bot { override voice { run "x"; unset module; } }"#),
      ("b::B", "template bot { python voice { module app; } }")],
    &[("a::A", "use b::B; agent d: bot { override voice { unset watch; } }"),
      ("b::B", r#"template bot { script voice { run "v"; watch "."; } }"#)],
    &[("a::A", r#"use b::B; script web { run "w"; unset watch; unset env; }"#),
      ("b::B", r#"defaults { watch "."; env { A = 1; } }"#)],
    &[("a::A", r#"use b::B; script web { run "w"; profile eu-1 { args "-q"; } }"#),
      ("b::B", "defaults { profile eu-2 { max_restarts 3; } }")],
    &[("a::A", r#"use b::B; script web { run "w"; profile production { args "-q"; } }"#),
      ("b::B", "defaults { profile production { max_restarts 3; } }")],
    &[("a::A", r#"use b::B; script web { run "w"; allow similar-profiles "two"; only_profile prodution; }"#),
      ("b::B", "defaults { profile production { max_restarts 3; } }")],
    &[("a::A", r#"use b::B; agent d: bot { override voice { entry "app.py"; allow wrong-file "x"; } }"#),
      ("b::B", "template bot { node voice; }")],
    &[("a::A", r#"use b::B; agent d: bot { override voice { entry "app.py"; } }"#),
      ("b::B", r#"template bot { node voice { interpreter "python3"; } }"#)],
    &[("a::A", "use b::B; agent duck: bot { without pump; without sink; }"),
      ("b::B", r#"template bot { script pump { run "p"; } script sink { run "s"; depends_on pump; } }"#)],
];

#[test]
fn what_is_right_in_several_files_passes_both_fronts() {
    on_a_large_stack(|| {
        for files in RIGHT {
            let opened = open(&Files { rule: "", files }, 0, DEEPEST);
            assert_eq!(opened.problems, [], "{files:?}");
            assert_eq!(compiled(&opened), [""; 0], "{files:?}");
            assert!(opened.ecosystem.resolve(&Options::default()).is_ok(), "{files:?}");
        }
    });
}

/// A module that used defaults name is not looked for under its own default name.
#[test]
fn a_used_module_is_no_missing_one() {
    on_a_large_stack(|| {
        let said = |defaults: &'static str| {
            let empty = tempfile::tempdir().expect("a temporary directory");
            let files = [("a::A", "use b::B; python tts;"), ("b::B", defaults)];
            let files = Files { rule: "", files: files.to_vec().leak() };
            let opened = open_in(&files, 0, DEEPEST, Some(empty.path()));
            assert_eq!(opened.problems, []);
            compiled(&opened).iter().map(|said| rule_of(said)).collect::<Vec<_>>()
        };
        assert_eq!(said("defaults { module app; }"), []);
        assert_eq!(said(r#"defaults { run "app"; }"#), []);
        assert_eq!(said(r#"defaults { allow missing-module "built later"; }"#), []);
        assert_eq!(said("defaults { max_restarts 3; }"), [Some("missing-module")]);
    });
}

/// What a service is given in several files, and signatures do not say.
#[rustfmt::skip]
const RESOLVED: &[Files] = &[
    files("port-twice", &[
        ("a::A", r#"use b::B; agent duck: bot { override voice { env { PORT = "3001"; } } }"#),
        ("b::B", r#"template bot { script voice { run "v"; port 3000; } }"#),
    ]),
    files("port-twice", &[
        ("a::A", r#"use b::B; script web { run "w"; port 3000; env { ..common; } }"#),
        ("b::B", r#"env common { PORT = "3001"; }"#),
    ]),
    files("probe-port", &[
        ("a::A", r#"use b::B; agent duck: bot { override voice { ready tcp "127.0.0.1:3001"; } }"#),
        ("b::B", r#"template bot { script voice { run "v"; port 3000; } }"#),
    ]),
    files("unset-nothing", &[
        ("a::A", r#"use b::B; script web { run "w"; env { unset NOTHING; } }"#),
        ("b::B", "defaults { min_uptime 5s; }"),
    ]),
    files("unset-nothing", &[
        ("a::A", r#"use b::B; script web { run "w"; env { unset Y; ..common; } }"#),
        ("b::B", "env common { X = 1; }"),
    ]),
    files("unset-nothing", &[
        ("a::A", r#"use b::B; agent d: bot { script web { run "w"; unset max_restarts; } }"#),
        ("b::B", r#"template bot { script voice { run "v"; } }"#),
    ]),
];

#[test]
fn resolution_says_what_signatures_do_not_show() {
    on_a_large_stack(|| {
        for files in RESOLVED {
            let opened = open(files, 0, DEEPEST);
            assert_eq!(opened.problems, [], "{:?}", files.files);
            assert_eq!(compiled(&opened), [""; 0], "{:?}", files.files);
            let rules: Vec<&str> = resolved(&opened).iter().map(|(rule, _)| *rule).collect();
            assert_eq!(rules, [files.rule], "{:?}", files.files);
        }
    });
}

/// What a file says by itself is wrong unless the defaults that it uses make it right.
#[test]
fn a_used_ecosystem_lifts_what_it_gives_and_nothing_else() {
    on_a_large_stack(|| {
        let said = |service: &str, defaults: &'static str| {
            let source: &'static str = format!("use b::B; {service}").leak();
            let files = [("a::A", source), ("b::B", defaults)];
            let opened = open(&Files { rule: "", files: files.to_vec().leak() }, 0, DEEPEST);
            assert_eq!(opened.problems, [], "{service}");
            compiled(&opened).join("\n")
        };
        let file = r#"node api { entry "app.py"; }"#;
        assert!(said(file, "defaults { runner bun; }").contains("app.py"));
        assert_eq!(said(file, r#"defaults { interpreter "python3"; }"#), "");
        assert_eq!(said(file, r#"defaults { allow wrong-file "tried"; }"#), "");
        let ports = r#"node api { allow port-twice "it reads both"; }"#;
        assert!(said(ports, "defaults { min_uptime 5s; }").contains("this allows nothing"));
        assert_eq!(said(ports, "defaults { port 80; }"), "");
        let right = r#"node api { entry "app.js"; allow wrong-file "tried"; }"#;
        assert!(said(right, "defaults { port 80; }").contains("this allows nothing"));
        let wrong = r#"node api { entry "app.py"; allow wrong-file "tried"; }"#;
        assert_eq!(said(wrong, "defaults { port 80; }"), "");
    });
}

/// The rules that only the compiler finds broken in files, of which the first is compiled.
fn rules_of(files: Vec<(&'static str, &'static str)>) -> Vec<Option<&'static str>> {
    let opened = open(&Files { rule: "", files: files.leak() }, 0, DEEPEST);
    assert_eq!(opened.problems, []);
    compiled(&opened).iter().map(|said| rule_of(said)).collect()
}

/// Of an agent, those services are waited for that have a probe; a template of another file may have one.
#[test]
fn an_agent_is_ready_by_what_another_file_adds() {
    on_a_large_stack(|| {
        let said = |template: &'static str| {
            let source = "use b::B; agent duck: bot { node ears { unset ready; } } \
                node web { depends_on duck (ready); }";
            rules_of(vec![("a::A", source), ("b::B", template)])
        };
        let probe = r#"ready tcp "127.0.0.1:1";"#;
        let with = |probe: &str| -> &'static str {
            format!(r#"template bot {{ {probe} script voice {{ run "v"; }} }}"#).leak()
        };
        assert_eq!(said(with(probe)), []);
        // Then `unset ready` is for nothing, too.
        assert!(said(with("")).contains(&Some("nothing-to-be-ready")));
    });
}

/// What two services do together is allowed where it is for one of them, also in another file.
#[test]
fn a_used_template_lifts_what_two_services_do() {
    on_a_large_stack(|| {
        let said = |services: &'static str, template: &'static str| {
            let source: &'static str = format!("use b::B; {services}").leak();
            rules_of(vec![("a::A", source), ("b::B", template)])
        };
        let ports = [
            r#"script a: t { run "a"; port 8000; } script b { run "b"; port 8000; }"#,
            r#"script a { run "a"; port 8000; } script b: t { run "b"; port 8000; }"#,
        ];
        let names = [
            r#"script a-1: t { run "a"; } script a_1 { run "b"; }"#,
            r#"script a-1 { run "a"; } script a_1: t { run "b"; }"#,
        ];
        for (rule, services) in [("port-conflict", ports), ("similar-names", names)] {
            let allows = format!(r#"template t {{ allow {rule} "tried"; }}"#).leak();
            for services in services {
                assert_eq!(said(services, allows), [], "{services}");
                let silent = "template t { min_uptime 5s; }";
                assert_eq!(said(services, silent), [Some(rule)], "{services}");
            }
        }
    });
}

/// The growing delay of a weaker block, which a template of another file may take away.
#[test]
fn a_used_template_takes_a_growing_delay_away() {
    on_a_large_stack(|| {
        let said = |template: &'static str| {
            let source = "use b::B; defaults { exp_backoff_restart_delay 100ms; } \
                template x: t { script s { run \"s\"; restart_delay 1s; } } agent duck: x {}";
            rules_of(vec![("a::A", source), ("b::B", template)])
        };
        assert_eq!(said("template t { unset exp_backoff_restart_delay; }"), []);
        assert_eq!(said("template t { min_uptime 5s; }"), [Some("two-restart-delays")]);
    });
}

/// Of three similar names, one with an `allow` does not hide that the other two are similar.
#[test]
fn an_allowed_similar_name_hides_no_others() {
    let services = [
        r#"script web-1 { run "w"; allow similar-names "it is old"; }"#,
        r#"script web_1 { run "w"; }"#,
        r#"script Web_1 { run "w"; }"#,
    ];
    on_a_large_stack(move || {
        for order in [[0, 1, 2], [1, 0, 2], [1, 2, 0], [0, 2, 1], [2, 1, 0], [2, 0, 1]] {
            let written = order.map(|number| services[number]);
            let one = written.join("\n");
            let parsed = parse::ecosystem(one.parse().unwrap());
            let problems = check(&parsed.declaration, Surroundings::default());
            let rules: Vec<&str> = problems.iter().map(|problem| problem.fault.rule()).collect();
            assert_eq!(rules, ["similar-names"], "{one}");
            let ecosystem = Ecosystem::from_declaration(parsed.declaration, "/", &[]);
            let Err(ResolveError::Problems(problems)) = ecosystem.resolve(&Options::default())
            else {
                panic!("{one}")
            };
            let rules: Vec<&str> = problems.iter().map(|located| located.fault.rule()).collect();
            assert_eq!(rules, ["similar-names"], "{one}");

            let paths = ["b::B", "c::C", "d::D"];
            let mut files = vec![("a::A", "include b::B; include c::C; include d::D;")];
            files.extend(paths.into_iter().zip(written));
            assert_eq!(rules_of(files), [Some("similar-names")], "{one}");
        }
    });
}

#[test]
fn every_rule_of_both_fronts_is_compared() {
    let compared: BTreeSet<&str> = ALL.iter().map(|files| files.rule).collect();
    let both = RULES.iter().filter(|rule| rule.across_files).map(|rule| rule.name);
    assert_eq!(compared, both.collect());
}

/// `port`, and an endpoint without a name, set the variable that a template requires.
#[test]
fn a_port_gives_the_variable_that_is_required() {
    on_a_large_stack(|| {
        let rules = |service: &str, template: &'static str| {
            let source: &'static str = format!("use b::B; {service}").leak();
            let files = [("a::A", source), ("b::B", template)];
            let opened = open(&Files { rule: "", files: files.to_vec().leak() }, 0, DEEPEST);
            let alone = format!("paths unchecked; {template} {service}").replace("b::B.", "");
            let mut rules: Vec<&str> =
                opened.problems.iter().map(|problem| problem.fault.rule()).collect();
            rules.extend(compiled(&opened).iter().filter_map(|said| rule_of(said)));
            let parsed = parse::ecosystem(alone.parse().expect("tokens of Rust"));
            assert_eq!(parsed.problems, [], "{alone}");
            let checked = check(&parsed.declaration, Surroundings::default());
            let checked: Vec<&str> = checked.iter().map(|problem| problem.fault.rule()).collect();
            assert_eq!(rules, checked, "{service}");
            rules
        };
        let template = "template t { env { PORT; } }";
        for port in ["port 3000;", "listen http 3000;", "listen auto;"] {
            let service = format!(r#"script web: t {{ run "w"; {port} }}"#);
            assert_eq!(rules(&service, template), [""; 0], "{port}");
        }
        for other in ["", "listen metrics: http 3000;"] {
            let service = format!(r#"script web: t {{ run "w"; {other} }}"#);
            assert_eq!(rules(&service, template), ["missing-key"], "{other}");
        }
    });
}
