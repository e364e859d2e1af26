//! Programs that leave another one in the background and end: the engine sees only that they end.

use super::layers::{Layers, row};
use super::{Problems, shell_signs};
use crate::declaration::Kind;
use crate::paths::file_name;
use crate::problem::{Endless, Fault, Problem};
use crate::reference::written_name;
use crate::service_facts::bit;
use crate::shell::{is_shell, with_shell};
use crate::span_id::Spanned;
use crate::value::Value;

const RULE: &str = "background";

/// What says whether a service is started again when it ends.
const ENDS: u32 = bit::AUTOSTART | bit::AUTORESTART | bit::CRON_RESTART | bit::STOP_EXIT_CODES;

/// Programs that run containers, with the commands of Docker.
pub(super) const CONTAINERS: [&str; 4] = ["docker", "docker-compose", "nerdctl", "podman"];

/// The flags of `docker run` that take no value.
const WITHOUT_VALUE: [&str; 18] = [
    "--disable-content-trust",
    "--env-host",
    "--init",
    "--interactive",
    "--no-healthcheck",
    "--no-hostname",
    "--no-hosts",
    "--oom-kill-disable",
    "--privileged",
    "--publish-all",
    "--quiet",
    "--read-only",
    "--replace",
    "--rm",
    "--rmi",
    "--sig-proxy",
    "--tls-verify",
    "--tty",
];

/// The same in one letter.
const WITHOUT_VALUE_SHORT: [char; 5] = ['d', 'i', 't', 'P', 'q'];

/// The flags of `sudo` that take a value.
const OF_SUDO: [&str; 8] = ["--chdir", "--group", "--host", "--user", "-D", "-g", "-h", "-u"];

/// The flags of `docker` itself that take a value.
const OF_DOCKER: [&str; 7] = ["--config", "--context", "--host", "--log-level", "-H", "-c", "-l"];

/// Flags that put a program into the background, and how many words they are.
const FLAGS: [(&str, &str, usize); 11] = [
    ("celery", "--detach", 1),
    ("gunicorn", "--daemon", 1),
    ("gunicorn", "-D", 1),
    ("haproxy", "-D", 1),
    ("memcached", "--daemon", 1),
    ("memcached", "-d", 1),
    ("mongod", "--fork", 1),
    ("mosquitto", "--daemon", 1),
    ("mosquitto", "-d", 1),
    ("redis-server", "--daemonize", 2),
    ("uwsgi", "--daemonize", 2),
];

/// What to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Edit {
    /// Other words in the place of this one and those after it, so many in all.
    Words(usize, Vec<String>),
    /// Each container has a service of its own: the words from this one on, one list for each.
    Each(Vec<Vec<String>>),
    /// Externals, which systemd runs, perhaps that of the user.
    Externals { units: Vec<String>, of_user: bool },
}

impl Edit {
    fn remove(count: usize) -> Edit {
        Edit::Words(count, Vec::new())
    }

    fn replace<const COUNT: usize>(words: [&str; COUNT]) -> Edit {
        Edit::Words(1, words.map(str::to_owned).to_vec())
    }
}

/// What is wrong with a command.
struct Found {
    /// The word.
    index: usize,
    /// What does it: `docker run -d`.
    written: String,
    edit: Edit,
    /// Whether it ends at once; else it has no effect.
    ends: bool,
}

impl Found {
    fn ends(index: usize, written: &str, edit: Edit) -> Found {
        Found { index, written: written.to_owned(), edit, ends: true }
    }
}

pub(super) fn check(layers: &Layers<'_>, profile: Option<&str>, problems: &mut Problems) {
    let kind = layers.instance.service.kind;
    let Some(run) = layers.setting(row::RUN, profile).given().filter(|_| kind != Kind::Node) else {
        return;
    };
    let args = layers.setting(row::ARGS, profile).given();
    let of_args = args.map_or(&[][..], |args| args.values());
    let command: Vec<&Spanned<Value>> = run.values().iter().chain(of_args).collect();
    let words: Vec<&str> =
        command.iter().map(|value| value.value.as_text().unwrap_or_default()).collect();
    let Some(Found { index, written, edit, ends }) = find(&words) else { return };
    if command.iter().any(|value| problems.has(shell_signs::RULE, value.span_id)) {
        return;
    }
    let facts = layers.facts(profile);
    let restarts = facts.endless() == Some(Endless::Restarts);
    // A used ecosystem may say that it is not started again.
    let is_open = profile.is_none() && facts.knows_nothing_of(ENDS);
    if ends && !restarts && !is_open {
        return;
    }
    let elsewhere = if restarts { None } else { layers.elsewhere(ENDS).filter(|_| ends) };
    let Some(value) = command.get(index) else { return };
    if layers.allows(RULE) {
        return;
    }
    let in_run = index < run.values().len();
    let (key, values, index) = match in_run {
        true => ("run", run.values(), index),
        false => ("args", of_args, index - run.values().len()),
    };
    let mut instead = statement(key, values, index, &edit);
    if ends {
        instead.push_str(", or `autorestart false;` where it is to run once");
    }
    let fault = Fault::Background { written, ends, instead };
    problems.add_first(Problem::new(fault, value.span_id).unless(elsewhere));
}

fn statement(key: &str, values: &[Spanned<Value>], index: usize, edit: &Edit) -> String {
    match edit {
        Edit::Externals { units, of_user } => {
            let user = if *of_user { "\"--user\", " } else { "" };
            let external = |unit: &String| {
                let probe = format!("ready exec \"systemctl\", {user}\"is-active\", {unit:?};");
                format!("external {} {{ {probe} }}", written_name(unit))
            };
            let externals: Vec<String> = units.iter().map(external).collect();
            let it = if units.len() > 1 { "them" } else { "it" };
            format!("systemd runs {it}: write `{}`", externals.join(" "))
        }
        Edit::Each(lists) => {
            let written = values.iter().take(index).map(|value| value.value.to_string());
            let before: Vec<String> = written.collect();
            let statements = lists.iter().map(|words| {
                let words = words.iter().map(|word| format!("{word:?}"));
                let words: Vec<String> = before.iter().cloned().chain(words).collect();
                format!("`{key} {};`", words.join(", "))
            });
            let statements: Vec<String> = statements.collect();
            format!("write a service for each: {}", statements.join(" and "))
        }
        Edit::Words(count, others) => {
            let written = |value: &Spanned<Value>| value.value.to_string();
            let before = values.iter().take(index).map(written);
            let after = values.iter().skip(index + count).map(written);
            let others = others.iter().map(|word| format!("{word:?}"));
            let words: Vec<String> = before.chain(others).chain(after).collect();
            match words.is_empty() {
                true => format!("remove `{key}`"),
                false => format!("write `{key} {};`", words.join(", ")),
            }
        }
    }
}

/// The first thing in a command that puts a program into the background.
fn find(words: &[&str]) -> Option<Found> {
    let start = match words.first().map(|first| file_name(first)) {
        Some("exec") => 1,
        Some("sudo") => first_after_flags(words, 1, &OF_SUDO)?,
        _ => 0,
    };
    let (_, command) = words.split_at_checked(start)?;
    let (program, arguments) = command.split_first()?;
    let program = file_name(program);
    let found = match program {
        _ if CONTAINERS.contains(&program) => of_containers(program, arguments),
        "systemctl" => {
            let at = arguments.iter().position(|word| matches!(*word, "start" | "restart"))?;
            let units = arguments.iter().skip(at + 1).filter(|word| !word.starts_with('-'));
            let units: Vec<&str> = units.copied().collect();
            if units.is_empty() || arguments.contains(&"--wait") {
                return None;
            }
            let of_user = arguments.contains(&"--user");
            let written = format!("systemctl {}", arguments.get(at)?);
            Some(Found::ends(at, &written, externals(&units, of_user)))
        }
        "service" => match arguments {
            [unit, word @ ("start" | "restart")] => {
                Some(Found::ends(1, &format!("service … {word}"), externals(&[unit], false)))
            }
            _ => None,
        },
        "caddy" if arguments.first() == Some(&"start") => {
            Some(Found::ends(0, "caddy start", Edit::replace(["run"])))
        }
        shell if is_shell(shell) => of_shell(shell, arguments),
        "nohup" | "setsid" => return of_wrapper(program, arguments, start),
        "ssh" | "autossh" => of_ssh(program, arguments),
        "pg_ctl" => return of_pg_ctl(command.first()?, arguments, start),
        "pg_ctlcluster" => {
            let is_start = arguments.contains(&"start") && !arguments.contains(&"--foreground");
            let edit = Edit::Words(0, vec!["--foreground".to_owned()]);
            is_start.then(|| Found::ends(0, "pg_ctlcluster … start", edit))
        }
        "tmux" | "screen" => return of_terminal(program, arguments, start),
        "nginx" => return of_nginx(command.first()?, arguments, start),
        _ => FLAGS.iter().filter(|(known, ..)| *known == program).find_map(|(_, flag, count)| {
            let at = arguments.iter().position(|word| word == flag)?;
            let is_off = *count == 2 && arguments.get(at + 1) == Some(&"no");
            let written = format!("{program} {flag}");
            (!is_off).then(|| Found::ends(at, &written, Edit::remove(*count)))
        }),
    };
    found.map(|found| Found { index: found.index + start + 1, ..found })
}

/// The first word from here on that is neither a flag nor the value of one of those that take one.
fn first_after_flags(words: &[&str], from: usize, with_value: &[&str]) -> Option<usize> {
    let mut is_value = false;
    let mut rest = words.iter().enumerate().skip(from);
    let found = rest.find(|(_, word)| {
        let is_flag = word.starts_with('-') && !is_value;
        let is_first = !is_flag && !is_value;
        is_value = is_flag && with_value.contains(word);
        is_first
    });
    found.map(|(index, _)| index)
}

/// `docker run -d redis`, `docker compose up -d`, `docker start redis`
fn of_containers(program: &str, arguments: &[&str]) -> Option<Found> {
    let is_detach = |word: &str| matches!(word, "-d" | "--detach" | "--detach=true");
    let first = first_after_flags(arguments, 0, &OF_DOCKER)?;
    if program == "docker-compose" || *arguments.get(first)? == "compose" {
        let is_command = |word: &&str| matches!(*word, "up" | "start" | "run" | "exec");
        let command = arguments.iter().position(is_command)?;
        let compose = if program == "docker-compose" { "" } else { " compose" };
        if arguments.get(command) == Some(&"start") {
            let written = format!("{program}{compose} start");
            return Some(Found::ends(command, &written, Edit::replace(["up"])));
        }
        // With `--wait`, it ends as soon as all is there.
        let is_flag = |word: &&str| is_detach(word) || *word == "--wait";
        let at = arguments.iter().skip(command).position(is_flag)? + command;
        let (_, rest) = arguments.split_at_checked(at)?;
        let kept = rest.iter().filter(|word| !is_flag(word)).map(|word| (*word).to_owned());
        // What an expression is worth is not known here.
        let edit = match rest.contains(&"") {
            true => Edit::remove(1),
            false => Edit::Words(rest.len(), kept.collect()),
        };
        let written = format!("{program}{compose} up {}", rest.first()?);
        return (arguments.get(command) == Some(&"up")).then(|| Found::ends(at, &written, edit));
    }
    let command = match arguments.get(first) {
        Some(&"container") => first_after_flags(arguments, first + 1, &[])?,
        _ => first,
    };
    match *arguments.get(command)? {
        "run" => {
            let mut is_value = false;
            for (at, word) in arguments.iter().enumerate().skip(command + 1) {
                let short = word.strip_prefix('-').filter(|rest| !rest.starts_with('-'));
                // `-dp 8080:80`: what is behind a letter that takes a value is one.
                let valued = short.and_then(|letters| {
                    letters.find(|letter: char| !WITHOUT_VALUE_SHORT.contains(&letter))
                });
                let flags = short.and_then(|letters| match valued {
                    Some(at) => letters.get(..at),
                    None => Some(letters),
                });
                if is_value {
                    is_value = false;
                } else if is_detach(word) {
                    let written = format!("{program} run {word}");
                    return Some(Found::ends(at, &written, Edit::remove(1)));
                } else if flags.is_some_and(|flags| flags.contains('d')) {
                    let others = Edit::replace([word.replacen('d', "", 1).as_str()]);
                    return Some(Found::ends(at, &format!("{program} run {word}"), others));
                } else if !word.starts_with('-') {
                    // The image, and what runs in it.
                    return None;
                } else {
                    is_value = match short {
                        // `-p8080:80` has its value in itself.
                        Some(letters) => valued.is_some_and(|at| at + 1 == letters.len()),
                        None => !WITHOUT_VALUE.contains(word) && !word.contains('='),
                    };
                }
            }
            None
        }
        "start" => {
            let attaches = |word: &&str| {
                let is_long = word.starts_with("--attach") || word.starts_with("--interactive");
                is_long || matches!(*word, "-a" | "-i" | "-ai" | "-ia")
            };
            let names: Vec<&str> = arguments.iter().skip(command + 1).copied().collect();
            let is_each = names.len() > 1
                && !names.iter().any(|name| name.is_empty() || name.starts_with('-'));
            // Only one can be attached to.
            let edit = match is_each {
                true => {
                    let each = |name: &&str| ["start", "-a", name].map(str::to_owned).to_vec();
                    Edit::Each(names.iter().map(each).collect())
                }
                false => Edit::replace(["start", "-a"]),
            };
            let found = Found::ends(command, &format!("{program} start"), edit);
            (!arguments.iter().any(attaches)).then_some(found)
        }
        _ => None,
    }
}

/// `sh -c "./start &"`, `sh -c "docker run -d redis"`
fn of_shell(shell: &str, arguments: &[&str]) -> Option<Found> {
    let flags = arguments.iter().take_while(|word| word.starts_with('-'));
    let is_command = |word: &&str| !word.starts_with("--") && word.ends_with('c');
    let flag = flags.copied().position(|word| is_command(&word))?;
    let text = arguments.get(flag + 1)?.trim_end();
    let Some(kept) = text.strip_suffix('&') else { return of_shell_command(text, flag + 1) };
    let is_sign = !kept.is_empty() && !kept.ends_with(['&', '\\', '>']);
    let edit = Edit::replace([kept.trim_end()]);
    let written = format!("{shell} {} \"… &\"", arguments.get(flag)?);
    is_sign.then(|| Found::ends(flag + 1, &written, edit))
}

/// The last command of a text for a shell, which is the word `index`.
fn of_shell_command(text: &str, index: usize) -> Option<Found> {
    let at = text.rfind(['&', ';', '|', '\n']).map_or(0, |at| at + 1);
    let (before, last) = text.split_at_checked(at)?;
    let words = shlex::split(last)?;
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let found = find(&words)?;
    let edit = match found.edit {
        Edit::Words(count, others) => {
            let removed = words.get(found.index..found.index + count)?.join(" ");
            // What is quoted or written more than once is not edited as text.
            let mut places = last.match_indices(&removed);
            let ((at, _), None) = (places.next()?, places.next()) else { return None };
            let (first, rest) = (last.get(..at)?, last.get(at + removed.len()..)?);
            let others = others.iter().map(|word| shlex::try_quote(word).ok());
            let others = others.collect::<Option<Vec<_>>>()?.join(" ");
            let rest = if others.is_empty() { rest.trim_start() } else { rest };
            Edit::replace([format!("{before}{first}{others}{rest}").trim_end()])
        }
        other => other,
    };
    Some(Found { index, edit, ..found })
}

/// `nohup ./start`, `setsid ./start`
fn of_wrapper(program: &str, arguments: &[&str], start: usize) -> Option<Found> {
    let flags: Vec<&&str> = arguments.iter().take_while(|word| word.starts_with('-')).collect();
    let waits = |flag: &&str| *flag == "--wait" || !flag.starts_with("--") && flag.contains('w');
    let waits = flags.iter().any(|flag| waits(flag));
    let edit = Edit::remove(1 + flags.len());
    // The leader of a group, which a service is, ends after it has started another process.
    let found =
        Found { index: start, written: program.to_owned(), edit, ends: program == "setsid" };
    (arguments.len() > flags.len() && !waits).then_some(found)
}

/// The flags of `ssh` and `autossh` that take a value.
const OF_SSH: [char; 21] = [
    'B', 'b', 'c', 'D', 'E', 'e', 'F', 'I', 'i', 'J', 'L', 'l', 'M', 'm', 'O', 'o', 'p', 'Q', 'R',
    'S', 'W',
];

/// `ssh -fN -L 8080:localhost:80 host`
fn of_ssh(program: &str, arguments: &[&str]) -> Option<Found> {
    let mut is_value = false;
    for (at, word) in arguments.iter().enumerate() {
        if std::mem::take(&mut is_value) {
            continue;
        }
        // The host, and what runs there.
        let letters = word.strip_prefix('-')?;
        let takes_value = |letter: char| {
            // To `ssh` itself, `-M` makes a master.
            OF_SSH.contains(&letter) && (letter != 'M' || program == "autossh")
        };
        let valued = letters.find(takes_value);
        let flags = valued.map_or(Some(letters), |end| letters.get(..end))?;
        if flags.contains('f') {
            let written = format!("{program} {word}");
            let edit = match letters {
                "f" => Edit::remove(1),
                _ => Edit::replace([word.replacen('f', "", 1).as_str()]),
            };
            return Some(Found::ends(at, &written, edit));
        }
        is_value = valued.is_some_and(|at| at + 1 == letters.len());
    }
    None
}

/// `pg_ctl start -D data`: the server itself stays.
fn of_pg_ctl(program: &str, arguments: &[&str], start: usize) -> Option<Found> {
    arguments.iter().find(|word| matches!(**word, "start" | "restart"))?;
    let at = arguments.iter().position(|word| matches!(*word, "-D" | "--pgdata"));
    let directory = at.and_then(|at| arguments.get(at + 1));
    let directory = directory
        .copied()
        .or_else(|| arguments.iter().find_map(|word| word.strip_prefix("--pgdata=")));
    // What an expression is worth is not known here.
    if directory == Some("") {
        return None;
    }
    let server = format!("{}postgres", program.strip_suffix("pg_ctl")?);
    let server = [server].into_iter();
    let words = server.chain(directory.iter().flat_map(|at| ["-D".to_owned(), (*at).to_owned()]));
    let edit = Edit::Words(1 + arguments.len(), words.collect());
    Some(Found { index: start, written: "pg_ctl start".to_owned(), edit, ends: true })
}

/// `tmux new-session -d "npm start"`, `screen -dmS web npm start`
fn of_terminal(program: &str, arguments: &[&str], start: usize) -> Option<Found> {
    let (flags, with_value): (&[&str], &[&str]) = match program {
        "tmux" => {
            let (command, flags) = arguments.split_first()?;
            let is_new = matches!(*command, "new" | "new-session");
            let is_detached = flags.iter().any(|word| word.starts_with("-d"));
            (is_new && is_detached).then_some(())?;
            (flags, &["-c", "-e", "-F", "-f", "-n", "-s", "-ds", "-t", "-x", "-y"])
        }
        _ => {
            let is_detached = |word: &&str| word.starts_with("-dm");
            arguments.iter().find(|word| is_detached(word))?;
            (arguments, &["-c", "-dmS", "-e", "-h", "-p", "-S", "-s", "-T", "-t"])
        }
    };
    let first = first_after_flags(flags, 0, with_value)?;
    let (_, runs) = flags.split_at_checked(first)?;
    let edit = match runs {
        // A shell reads it.
        [text] if text.contains(char::is_whitespace) => {
            Edit::Words(1 + arguments.len(), with_shell(text))
        }
        _ => Edit::remove(1 + arguments.len() - runs.len()),
    };
    let written = match program {
        "tmux" => "tmux new-session -d",
        _ => "screen -dm",
    };
    Some(Found { index: start, written: written.to_owned(), edit, ends: true })
}

/// `nginx`, whose configuration is that of the system
fn of_nginx(program: &str, arguments: &[&str], start: usize) -> Option<Found> {
    let says_otherwise = |word: &&str| {
        matches!(*word, "" | "-c" | "-h" | "-s" | "-t" | "-T" | "-v" | "-V")
            || word.contains("daemon ")
    };
    let words = [program, "-g", "daemon off;"];
    let found = Found::ends(start, "nginx", Edit::replace(words));
    (!arguments.iter().any(says_otherwise)).then_some(found)
}

fn externals(units: &[&str], of_user: bool) -> Edit {
    let name = |unit: &&str| unit.strip_suffix(".service").unwrap_or(unit).to_owned();
    Edit::Externals { units: units.iter().map(name).collect(), of_user }
}
