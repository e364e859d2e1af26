//! New ecosystems, mostly right ones, production by production of GRAMMAR.md.

use std::fmt::Write as _;

use crate::dice::Dice;

const NAMES: [&str; 8] = ["web", "api", "tts", "stt", "eidolon-field", "\"a b\"", "node", "x1"];
const AGENTS: [&str; 3] = ["duck", "owl", "crow"];
const TEMPLATES: [&str; 3] = ["discord_agent", "plain", "\"a b\""];
const SETS: [&str; 3] = ["discord", "shared", "keys"];
const KEYS: [&str; 5] = ["TOKEN", "PORT", "\"my.key\"", "LANG", "type"];
const PATHS: [&str; 4] = ["base::BASE", "infra::INFRA", "::a::B", "OTHER"];
const CONDITIONS: [&str; 8] = [
    "",
    "(started)",
    "(ready)",
    "(completed)",
    "(timeout 10s)",
    "(ready, timeout (patience()), restarts)",
    "(restarts)",
    "(completed, timeout 1h)",
];
const ENTRIES: [&str; 17] = [
    "\"text\"",
    "300_000",
    "10s",
    "true",
    "word",
    "(ports::WEB)",
    "secret",
    "secret \"OTHER\"",
    "inherit",
    "inherit \"OTHER\" or 1",
    "secret or inherit \"OTHER\" or \"\"",
    "secret \"OTHER\" or (ports::WEB)",
    "inherit or unset",
    "\"{inherit HOME}/{secret TOKEN}\" or \"{name}\" or unset",
    "\"{name} {{}} {root}\"",
    "\"{secret TOKEN}\"",
    "0.5",
];
const ATTRIBUTES: [&str; 30] = [
    "autorestart true;",
    "restart_delay 10s;",
    "exp_backoff_restart_delay 100ms;",
    "max_memory_restart 300M;",
    "instances 2;",
    "instances max;",
    "exec_mode cluster;",
    "exec_mode fork;",
    "watch \".\", \"../shared\";",
    "watch true;",
    "watch_options { usePolling true; interval 50ms; ignored \"a\", \"b\"; }",
    "io { http true; ratio 0.5; }",
    "out_file \"./logs/{name}.log\";",
    "args \"--port\", 80, (ports::WEB), \"{name}\";",
    "port 8000;",
    "port (ports::WEB);",
    "cron_restart \"0 4 * * *\";",
    "stop_exit_codes 0, 1;",
    "only_profile production, test;",
    "unset watch;",
    "unset env;",
    "allow missing-directory \"it is built\";",
    "env_file \".env\";",
    "env_file \".env\", \"{dir}/.env.local\";",
    "kill_signal SIGTERM;",
    "rotate 10M, 5;",
    "unset alive;",
    "on stealth, npu;",
    "on npu;",
    "unset on;",
];

/// A new ecosystem.
#[must_use]
pub fn ecosystem(dice: &mut Dice<'_>) -> String {
    let mut text = String::new();
    for item in ["name promethean;", "root \"services\";", "paths unchecked;", "secrets \".env\";"]
    {
        if dice.once_in(3) {
            line(&mut text, item);
        }
    }
    if dice.once_in(4) {
        line(&mut text, &format!("use {};", dice.choose(&PATHS)));
    }
    if dice.once_in(2) {
        let body = block(dice, 3, true);
        line(&mut text, &format!("defaults {{\n{body}}}"));
    }
    for set in SETS.iter().take(dice.below(4)) {
        let entries = entries(dice);
        line(&mut text, &format!("env {set} {{\n{entries}}}"));
    }
    for template in TEMPLATES.iter().take(dice.below(4)) {
        let members = members(dice);
        let made_from = made_from(dice);
        line(&mut text, &format!("template {template}{made_from} {{\n{members}}}"));
    }
    for _ in 0..=dice.below(5) {
        unit(dice, &mut text);
    }
    text
}

fn unit(dice: &mut Dice<'_>, text: &mut String) {
    if dice.once_in(4) {
        line(text, "/// What it does.");
    }
    match dice.below(9) {
        8 => {
            let name = dice.choose(&["stealth", "pi", "npu"]);
            let body =
                dice.choose(&[";", " {}", " { has npu, gpu; }", " { root \"/srv\"; has npu; }"]);
            line(text, &format!("machine {name} \"{name}.lan\"{body}"));
        }
        0 => {
            let path = dice.choose(&PATHS);
            line(text, &format!("include {path};"));
        }
        1 => {
            let probe = probe(dice);
            line(text, &format!("external mongodb {{ {probe} hint \"Install it.\"; }}"));
        }
        2 | 3 => {
            let (agent, made_from) = (dice.choose(&AGENTS), made_from(dice));
            let members = members(dice);
            let change = block(dice, 2, true);
            let name = dice.choose(&NAMES);
            let without =
                if dice.once_in(3) { format!("without {name};\n") } else { String::new() };
            let changed = format!("override {} {{\n{change}}}\n", dice.choose(&NAMES));
            let changed = if dice.once_in(3) { changed } else { String::new() };
            line(text, &format!("agent {agent}{made_from} {{\n{without}{changed}{members}}}"));
        }
        _ => {
            let service = service(dice);
            line(text, &service);
        }
    }
}

/// The templates behind a name.
fn made_from(dice: &mut Dice<'_>) -> String {
    match dice.below(4) {
        0 => format!(": {}", dice.choose(&TEMPLATES)),
        1 => format!(": {}, {}", dice.choose(&TEMPLATES), dice.choose(&TEMPLATES)),
        _ => String::new(),
    }
}

fn members(dice: &mut Dice<'_>) -> String {
    let mut text = block(dice, 3, true);
    for _ in 0..dice.below(4) {
        let service = service(dice);
        line(&mut text, &service);
    }
    text
}

fn service(dice: &mut Dice<'_>) -> String {
    let name = format!("{}{}", dice.choose(&NAMES), made_from(dice));
    let body = block(dice, 4, true);
    match dice.below(4) {
        0 => format!("node {name};"),
        1 => format!("node {name} \"services/{}\" {{\n{body}}}", dice.choose(&AGENTS)),
        2 => format!("python {name} {{ runner venv \".venv\"; {body}}}"),
        _ => format!("script {name} {{ run \"./program\", \"{{name}}\"; {body}}}"),
    }
}

fn block(dice: &mut Dice<'_>, most: usize, profiles: bool) -> String {
    let mut text = String::new();
    for _ in 0..dice.below(most + 1) {
        match dice.below(10) {
            0 => {
                let entries = entries(dice);
                line(&mut text, &format!("env {{\n{entries}}}"));
            }
            1 => {
                let targets: Vec<String> = (0..=dice.below(2)).map(|_| target(dice)).collect();
                line(&mut text, &format!("depends_on {};", targets.join(", ")));
            }
            2 => {
                let probe = probe(dice);
                line(&mut text, &probe);
            }
            9 if dice.once_in(2) => {
                let probe = alive(dice);
                line(&mut text, &probe);
            }
            3 => {
                let listen = listen(dice);
                line(&mut text, &listen);
            }
            4 if profiles => {
                let body = block(dice, 2, false);
                line(&mut text, &format!("profile production {{\n{body}}}"));
            }
            _ => line(&mut text, dice.choose::<&str>(&ATTRIBUTES)),
        }
    }
    text
}

fn entries(dice: &mut Dice<'_>) -> String {
    let mut text = String::new();
    if dice.once_in(3) {
        line(&mut text, &format!("..{};", dice.choose(&SETS)));
    }
    for key in KEYS.iter().take(dice.below(KEYS.len() + 1)) {
        let entry = match dice.below(9) {
            0 => format!("{key};"),
            1 => format!("unset {key};"),
            2 => format!("{key} = {};", reference(dice)),
            _ => format!("{key} = {};", dice.choose(&ENTRIES)),
        };
        line(&mut text, &entry);
    }
    text
}

fn target(dice: &mut Dice<'_>) -> String {
    let (name, agent) = (dice.choose(&NAMES), dice.choose(&AGENTS));
    let condition = dice.choose(&CONDITIONS);
    match dice.below(5) {
        0 => format!("{agent}{condition}"),
        1 => format!("{agent}.{name}{condition}"),
        2 => format!("{}.{name}{condition}", dice.choose(&PATHS)),
        3 => format!("mongodb{condition}"),
        _ => format!("{name}{condition}"),
    }
}

fn listen(dice: &mut Dice<'_>) -> String {
    let name = dice.choose(&["", "", "metrics: ", "admin: "]);
    let scheme = dice.choose(&["", "http ", "https ", "mongodb "]);
    let place = dice.choose(&["80", "auto", "8080", "\"0.0.0.0:80\"", "\"db.lan:80\"", "(port())"]);
    format!("listen {name}{scheme}{place};")
}

fn reference(dice: &mut Dice<'_>) -> String {
    let endpoint = *dice.choose(&["", "", ":metrics", ":admin"]);
    let unit = target(dice);
    let unit = unit.split('(').next().unwrap_or_default().trim().to_owned();
    match dice.below(5) {
        0 => format!("url {unit}{endpoint} \"/v1\""),
        1 => format!("\"{{port {endpoint}}} {{address {unit}{endpoint}}}\""),
        2 => format!("address {unit}{endpoint}"),
        3 => format!("port {unit}"),
        _ => format!("host {unit}{endpoint}"),
    }
}

fn alive(dice: &mut Dice<'_>) -> String {
    let what = dice.choose(&[
        "tcp \"127.0.0.1:80\"",
        "http \"http://localhost/health\"",
        "exec \"./alive\", \"now\"",
        "http metrics \"/health\"",
        "tcp",
    ]);
    match dice.below(3) {
        0 => format!("alive {what} {{ interval 10s; timeout 500ms; failures 3; }}"),
        1 => format!("alive {what} {{ failures (failures()); }}"),
        _ => format!("alive {what};"),
    }
}

fn probe(dice: &mut Dice<'_>) -> String {
    let what = dice.choose(&[
        "tcp \"127.0.0.1:80\"",
        "http \"http://localhost/health\"",
        "log \"listening on [0-9]+\"",
        "exec \"./ready\", \"now\"",
        "tcp (address())",
        "http \"/health\"",
        "http metrics \"/health\"",
        "tcp metrics",
        "tcp",
    ]);
    match dice.below(3) {
        0 if what.starts_with("http") => format!("ready {what} {{ timeout 10s; status 401; }}"),
        0 => format!("ready {what} {{ timeout 10s; interval 500ms; }}"),
        _ => format!("ready {what};"),
    }
}

fn line(text: &mut String, written: &str) {
    writeln!(text, "{written}").expect("a string takes all");
}
