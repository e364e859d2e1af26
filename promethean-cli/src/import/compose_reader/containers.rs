//! What stays in its container.

use camino::Utf8Path;
use promethean_core::list::some_of;

use super::health::{names_of_test, probe, times_of};
use crate::import::interpolation::Dotenv;
use crate::import::pm2_reader::data::Data;
use crate::import::reader::{External, Lost};

/// The services that stay in their containers.
pub(super) struct Containers<'c> {
    /// The command of Docker Compose for the file.
    pub(super) compose: Vec<&'c str>,
    /// All services of the file.
    pub(super) services: &'c [(String, Data)],
    /// The names of those that stay.
    pub(super) names: Vec<&'c str>,
}

impl Containers<'_> {
    /// Which containers have to be there, and the command that starts them.
    pub(super) fn comments(&self) -> Vec<String> {
        let has_profiles =
            |name: &str| self.service(name).and_then(|of| of.get("profiles")).is_some();
        let (on_request, always): (Vec<&str>, Vec<&str>) =
            self.names.iter().copied().partition(|name| has_profiles(name));
        let names = if always.is_empty() { on_request } else { always };
        if names.is_empty() {
            return Vec::new();
        }
        let what = "What has no program of its own here stays in its container. This starts it:";
        vec![what.to_owned(), self.up(&names)]
    }

    /// The command that starts containers, and no other services: Docker Compose starts what one needs, too, be it
    /// what runs here without a container.
    fn up(&self, names: &[&str]) -> String {
        let wanted = names.len();
        let mut names = names.to_vec();
        let mut rest = names.clone();
        let mut needs_what_runs_here = false;
        while let Some(name) = rest.pop() {
            let service = self.service(name);
            let shared = service.into_iter().flat_map(shared).map(|(_, of)| of);
            for needed in service.map(needs).unwrap_or_default().into_iter().chain(shared) {
                match self.names.iter().find(|known| **known == needed) {
                    Some(known) if names.contains(known) => {}
                    Some(known) => {
                        names.push(known);
                        rest.push(known);
                    }
                    None => needs_what_runs_here = true,
                }
            }
        }
        let mut words = self.compose.clone();
        words.extend(["up", "-d"]);
        match needs_what_runs_here {
            true => words.extend(["--no-deps"].into_iter().chain(names)),
            // What they need comes by itself.
            false => words.extend(names.into_iter().take(wanted)),
        }
        words.join(" ")
    }

    /// A service that stays in its container.
    pub(super) fn external(
        &self,
        name: &str,
        service: &Data,
        base: &Utf8Path,
        dotenv: &Dotenv,
    ) -> External {
        // Its container has the program that knows.
        let probe = probe(service, base, dotenv).map(|line| {
            let words = self.compose.iter().copied().chain(["exec", "-T", name]);
            words.map(str::to_owned).chain(line).collect()
        });
        External {
            name: name.to_owned(),
            tcp: published(service, dotenv).map(|(_, port)| format!("127.0.0.1:{port}")),
            probe,
            listen: None,
            hint: format!("run `{}`", self.up(&[name])),
        }
    }

    /// What is not as in the file, of a service that stays in its container.
    pub(super) fn lost(
        &self,
        name: &str,
        service: &Data,
        base: &Utf8Path,
        dotenv: &Dotenv,
    ) -> Vec<Lost> {
        let mut lost = Vec::new();
        if let Some((written, port)) = published(service, dotenv) {
            let names = dotenv.names_in(&written);
            lost.extend(frozen(
                format!("the port of {name}"),
                &names,
                &format!("{port} is what it is now"),
            ));
        }
        if probe(service, base, dotenv).is_some() {
            if let Some(check) = service.get("healthcheck") {
                let names = names_of_test(check, dotenv);
                lost.extend(frozen(
                    format!("the health check of {name}"),
                    &names,
                    "the command has the values of now",
                ));
            }
            if let Some((keys, reason)) = times_of(service, base) {
                lost.push(Lost::left_out(format!("{keys} of {name}"), reason));
            }
        }
        let runs_here = |needed: &String| !self.names.contains(&needed.as_str());
        let here: Vec<String> = needs(service).into_iter().filter(runs_here).collect();
        if !here.is_empty() {
            let verb = if here.len() == 1 { "runs" } else { "run" };
            let reason = format!(
                "{} {verb} without a container, and the container does not wait for that",
                quoted(&here)
            );
            lost.push(Lost::left_out(format!("depends_on of {name}"), reason));
        }
        for (key, of) in shared(service).filter(|(_, of)| runs_here(of)) {
            let reason =
                format!("`{of}` runs without a container, so that there is none to share with");
            lost.push(Lost::left_out(format!("{key} of {name}"), reason));
        }
        if service.get("profiles").is_some() {
            let reason = format!("`{}` starts it, whatever the profile", self.up(&[name]));
            lost.push(Lost::left_out(format!("profiles of {name}"), reason));
        }
        lost
    }

    fn service(&self, name: &str) -> Option<&Data> {
        self.services.iter().find(|(known, _)| known == name).map(|(_, service)| service)
    }
}

/// The services that Docker Compose starts before one.
fn needs(service: &Data) -> Vec<String> {
    let depends_on = service.get("depends_on");
    let listed = |data: Option<&Data>| -> Vec<String> {
        data.and_then(Data::as_list).unwrap_or_default().iter().map(Data::to_text).collect()
    };
    let mut names = listed(depends_on);
    let keys = depends_on.and_then(Data::as_object).unwrap_or_default().iter();
    names.extend(keys.map(|(name, _)| name.clone()));
    // `db:database`, another name for it.
    let links = listed(service.get("links")).into_iter();
    names.extend(links.filter_map(|link| Some(link.split(':').next()?.to_owned())));
    names
}

/// The services whose network or processes one shares, with the key that says so.
fn shared(service: &Data) -> impl Iterator<Item = (&'static str, String)> {
    ["network_mode", "ipc", "pid"].into_iter().filter_map(|key| {
        let of = service.get(key)?.as_text()?.strip_prefix("service:")?;
        Some((key, of.to_owned()))
    })
}

/// What is made of variables, and is a text here.
fn frozen(what: String, names: &[String], now: &str) -> Option<Lost> {
    (!names.is_empty())
        .then(|| Lost::differs(what, format!("the original has {} in it; {now}", quoted(names))))
}

/// All names in a sentence.
fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    some_of(&names, usize::MAX - 1)
}

/// The host's side of the first port that a service publishes, as it is written and as a number.
fn published(service: &Data, dotenv: &Dotenv) -> Option<(String, u16)> {
    let port = service.get("ports")?.as_list()?.first()?;
    let text = match port.get("published") {
        Some(published) => published.to_text(),
        None => port.to_text(),
    };
    let (written, text) = (text.clone(), dotenv.plain(&text));
    let text = text.split('/').next().unwrap_or_default();
    let parts: Vec<&str> = text.rsplitn(3, ':').collect();
    let host = match parts.as_slice() {
        [_, host, ..] => *host,
        [only] => *only,
        [] => return None,
    };
    Some((written, host.parse::<u16>().ok()?))
}

/// The command of Docker Compose for a file: without `-f`, it reads those of the usual names.
pub(super) fn compose_of(file: &Utf8Path) -> Vec<&str> {
    let name = file.file_name().unwrap_or_default();
    let is_usual = ["compose", "docker-compose"].iter().any(|known| {
        name.strip_prefix(known).is_some_and(|ending| matches!(ending, ".yml" | ".yaml"))
    });
    match is_usual {
        true => vec!["docker", "compose"],
        false => vec!["docker", "compose", "-f", name],
    }
}
