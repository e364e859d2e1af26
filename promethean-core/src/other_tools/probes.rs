//! What is tried: health checks of other tools, and probes that do not say their kind.

use crate::kind::Purpose;
use crate::paths::file_name;
use crate::shell::{joins_commands, with_shell};
use crate::value::Value;

/// The methods of HTTP that somebody may write before a URL (RFC 9110, section 9.3).
pub const METHODS: [&str; 7] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/// Programs that ask for a URL.
const CLIENTS: [&str; 4] = ["curl", "http", "wget", "xh"];

/// Other programs that health checks run.
const CHECKERS: [&str; 20] = [
    "bash",
    "docker",
    "grep",
    "grpc_health_probe",
    "mongo",
    "mongosh",
    "mysqladmin",
    "nc",
    "ncat",
    "netcat",
    "npm",
    "npx",
    "pg_isready",
    "pgrep",
    "psql",
    "python3",
    "rabbitmq-diagnostics",
    "redis-cli",
    "sh",
    "test",
];

/// Where programs are.
const PROGRAMS: [&str; 6] = ["./", "../", "/bin/", "/opt/", "/sbin/", "/usr/"];

/// The probe that is meant by texts without a kind, as what follows `ready` or `alive`: `"/health"`,
/// `"localhost:3000"`, `"curl -f http://localhost:3000"`, `"Listening on"`.
#[must_use]
pub fn probe_of(purpose: Purpose, texts: &[&str]) -> String {
    let words: Vec<&str> = texts.iter().flat_map(|text| text.split_whitespace()).collect();
    let (text, program) = (texts.join(" "), words.first().copied().unwrap_or_default());
    match words.as_slice() {
        ["tcp"] => return "tcp".to_owned(),
        [method, url] if is_method(method) => return format!("http {url:?}"),
        [one] if !PROGRAMS.iter().any(|start| one.starts_with(start)) => {
            if let Some(probe) = address(one) {
                return probe;
            }
        }
        _ => {}
    }
    let name = file_name(program);
    let is_program = texts.len() > 1
        || matches!(program, "CMD" | "CMD-SHELL")
        || CLIENTS.contains(&name)
        || CHECKERS.contains(&name)
        || PROGRAMS.iter().any(|start| program.starts_with(start));
    if is_program || purpose == Purpose::Alive {
        return command(&words).unwrap_or_else(|| exec(&words));
    }
    format!("log {text:?}")
}

/// Whether a word is a method of HTTP.
#[must_use]
pub fn is_method(word: &str) -> bool {
    METHODS.iter().any(|method| method.eq_ignore_ascii_case(word))
}

/// What a health check of another tool tries: `"curl -f http://localhost:8080/health || exit 1"`.
pub(super) fn of_values(values: &[Value]) -> Option<String> {
    let words = values.iter().filter_map(Value::as_name).flat_map(str::split_whitespace);
    command(&words.collect::<Vec<_>>())
}

/// What a command line tries.
fn command(words: &[&str]) -> Option<String> {
    let words = words.iter().skip_while(|word| matches!(**word, "CMD" | "CMD-SHELL"));
    let words: Vec<&str> = words.copied().collect();
    let words =
        match words.iter().position(|word| joins_commands(word)).map(|at| words.split_at(at)) {
            None => words.as_slice(),
            Some((before, ["||", "exit" | "false", ..])) => before,
            // What else is tried is not left out.
            Some(_) => return Some(exec(&with_shell(&words.join(" ")))),
        };
    let words: Vec<&str> = words.iter().map(|word| word.trim_matches(['"', '\''])).collect();
    let (program, arguments) = words.split_first()?;
    let is_client = CLIENTS.contains(&file_name(program));
    let is_url = |word: &&&str| word.starts_with("http://") || word.starts_with("https://");
    match (words.iter().find(is_url), arguments) {
        (Some(url), _) => Some(format!("http {url:?}")),
        (None, []) if program.starts_with('/') => Some(format!("http {program:?}")),
        (None, []) if program.contains(':') && !program.contains("://") => {
            Some(format!("tcp {program:?}"))
        }
        (None, []) => None,
        // `curl -f localhost:3000/health`
        (None, _) if is_client => {
            let url = arguments.last().filter(|last| last.contains([':', '/']))?;
            Some(format!("http {:?}", format!("http://{url}")))
        }
        (None, _) => Some(exec(&words)),
    }
}

fn exec(words: &[impl AsRef<str>]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("{:?}", word.as_ref())).collect();
    format!("exec {}", words.join(", "))
}

/// The probe of one word that is a port, an address, a URL or a path.
fn address(word: &str) -> Option<String> {
    let is_port = |text: &str| text.parse::<u16>().is_ok_and(|port| port > 0);
    if is_port(word.trim_start_matches(':')) {
        return Some(format!("tcp {:?}", format!("127.0.0.1:{}", word.trim_start_matches(':'))));
    }
    if word.starts_with("http://") || word.starts_with("https://") || word.starts_with('/') {
        return Some(format!("http {word:?}"));
    }
    if let Some((_, rest)) = word.split_once("://") {
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        let address = authority.rsplit('@').next().unwrap_or_default();
        let has_port = address.rsplit_once(':').is_some_and(|(_, port)| is_port(port));
        return has_port.then(|| format!("tcp {address:?}"));
    }
    let (authority, path) = match word.find('/') {
        Some(at) => word.split_at(at),
        None => (word, ""),
    };
    let (host, port) = authority.rsplit_once(':').unwrap_or((authority, ""));
    let word = if host.is_empty() { format!("127.0.0.1{word}") } else { word.to_owned() };
    match (is_port(port), path.is_empty()) {
        (true, true) => Some(format!("tcp {word:?}")),
        (true, false) => Some(format!("http {:?}", format!("http://{word}"))),
        (false, false) if host == "localhost" => {
            Some(format!("http {:?}", format!("http://{word}")))
        }
        (false, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_meant_to_be_tried_is_known_by_its_form() {
        for (texts, expected) in [
            (&["/health"][..], "http \"/health\""),
            (&["http://localhost:3000/health"], "http \"http://localhost:3000/health\""),
            (&["localhost:3000/health"], "http \"http://localhost:3000/health\""),
            (&["GET /health"], "http \"/health\""),
            (&["curl -f http://localhost:3000/health"], "http \"http://localhost:3000/health\""),
            (&["curl", "-f", "localhost:3000/health"], "http \"http://localhost:3000/health\""),
            (&[":3000/health"], "http \"http://127.0.0.1:3000/health\""),
            (&["3000"], "tcp \"127.0.0.1:3000\""),
            (&["localhost:3000"], "tcp \"localhost:3000\""),
            (&["redis://:x@localhost:6379/0"], "tcp \"localhost:6379\""),
            (&["pg_isready -U postgres"], "exec \"pg_isready\", \"-U\", \"postgres\""),
            (&["curl -f localhost:3000/health || exit 1"], "http \"http://localhost:3000/health\""),
            (
                &["curl -f localhost:3000/health | grep ok || exit 1"],
                "exec \"sh\", \"-c\", \"curl -f localhost:3000/health | grep ok || exit 1\"",
            ),
            (&["./check.sh"], "exec \"./check.sh\""),
            (&["/usr/bin/check --it"], "exec \"/usr/bin/check\", \"--it\""),
            (&["Listening on"], "log \"Listening on\""),
            (&["listening on :3000"], "log \"listening on :3000\""),
            (&["Listening on http://localhost:3000"], "log \"Listening on http://localhost:3000\""),
            (&["ready"], "log \"ready\""),
        ] {
            assert_eq!(probe_of(Purpose::Ready, texts), expected);
        }
        // A line of the log is none of what `alive` tries.
        assert_eq!(probe_of(Purpose::Alive, &["check it"]), "exec \"check\", \"it\"");
    }
}
