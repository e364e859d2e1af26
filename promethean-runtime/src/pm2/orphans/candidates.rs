//! Which of several apps a process was left by: what their own processes were started with, and when,
//! distinguishes them.

use std::collections::BTreeSet;

use crate::engine::{Known, Process, ProcessStart, Values};

/// An app that may have left a process.
pub(super) struct Candidate<'k> {
    pub(super) known: Known<'k>,
    /// Whether it was stopped.
    pub(super) is_stopped: bool,
    /// Its processes, as PM2 listed them before anything was stopped.
    processes: Vec<&'k Process>,
}

impl<'k> Candidate<'k> {
    pub(super) fn new(known: Known<'k>, is_stopped: bool, listed: &'k [Process]) -> Candidate<'k> {
        let own = listed.iter().filter(|process| process.name == known.0);
        Candidate { known, is_stopped, processes: own.collect() }
    }

    /// Whether nothing of it ran when a process was started, as far as PM2 and its runs know. What PM2 has
    /// restarted had other processes before.
    fn begins_after(&self, start: &ProcessStart) -> bool {
        let (_, remembered) = self.known;
        let began_later = |process: &&Process| {
            let seen = remembered.seen.iter().find(|seen| seen.pid == process.pid);
            process.restarts == 0 && seen.is_some_and(|seen| start.is_before(&seen.start))
        };
        !self.processes.is_empty() && self.processes.iter().all(began_later)
    }
}

/// Those of the candidates that can have left a process that was started then and has these variables.
///
/// A variable tells against an app where the process has another value than the app's processes were given,
/// and that of another candidate. What a program changes for its children tells nothing.
pub(super) fn singled_out<'c, 'k>(
    candidates: Vec<&'c Candidate<'k>>,
    start: Option<&ProcessStart>,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Vec<&'c Candidate<'k>> {
    let candidates = those_or_all(candidates, |candidate| {
        start.is_none_or(|start| !candidate.begins_after(start))
    });
    let environments = candidates.iter().flat_map(|candidate| &candidate.processes);
    let environments: Vec<&Values> = environments.map(|process| &process.env).collect();
    let names = environments.iter().flat_map(|values| values.iter().map(|(name, _)| name));
    let names: BTreeSet<&str> = names.collect();
    let contradicts = |values: &Values, name: &str| {
        let own = variable(name);
        let own = own.as_deref();
        values.get(name) != own && environments.iter().any(|other| other.get(name) == own)
    };
    let fits = |process: &&&Process| !names.iter().any(|name| contradicts(&process.env, name));
    those_or_all(candidates.clone(), |candidate| {
        candidate.processes.is_empty() || candidate.processes.iter().any(|process| fits(&process))
    })
}

/// Those that fit; all where none does.
fn those_or_all<T: Copy>(all: Vec<T>, fits: impl Fn(T) -> bool) -> Vec<T> {
    let those: Vec<T> = all.iter().copied().filter(|one| fits(*one)).collect();
    if those.is_empty() { all } else { those }
}

#[cfg(test)]
mod tests {
    use promethean_core::declaration::Declaration;
    use promethean_core::ecosystem::Ecosystem;
    use promethean_core::resolve::Options;
    use serde_json::json;

    use super::*;
    use crate::engine::{Owner, Remembered, Seen};
    use crate::pm2::Home;

    fn start(ticks: u64) -> ProcessStart {
        ProcessStart { seconds: 1_000, since_boot: Some(format!("boot {ticks}")) }
    }

    /// What is remembered of an app whose process began then.
    fn remembered(pid: u32, begun: u64) -> Remembered {
        let declaration = json!({"units": [{"service": {"kind": "node", "name": "web"}}]});
        let declaration: Declaration = serde_json::from_value(declaration).unwrap();
        let ecosystem = Ecosystem::from_declaration(declaration, "/repo", &[]);
        let system = ecosystem.resolve(&Options::default()).unwrap();
        let owner = Owner { name: "shop".to_owned(), root: "/repo".into(), declared: None };
        let home = Home::at("/nowhere".into());
        let mut remembered = Remembered::new(&system.apps[0], &owner, None, &home);
        remembered.seen = vec![Seen { pid, start: start(begun) }];
        remembered
    }

    fn process(name: &str, pid: u32, env: &[(&str, &str)]) -> Process {
        let env = env.iter().copied().collect();
        Process { name: name.to_owned(), pid, env, ..Process::default() }
    }

    /// The names of those that can have left a process.
    fn left_by(
        remembered: &[Remembered],
        listed: &[Process],
        begun: u64,
        env: &[(&str, &str)],
    ) -> Vec<String> {
        let candidates = listed.iter().zip(remembered).map(|(process, remembered)| {
            Candidate::new((process.name.as_str(), remembered), true, listed)
        });
        let candidates: Vec<Candidate<'_>> = candidates.collect();
        let value = |name: &str| {
            let mut variables = env.iter();
            variables.find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let found = singled_out(candidates.iter().collect(), Some(&start(begun)), &value);
        found.iter().map(|candidate| candidate.known.0.to_owned()).collect()
    }

    #[test]
    fn a_process_has_the_variables_of_its_app() {
        let remembered = [remembered(1, 5), remembered(2, 5), remembered(3, 5)];
        let listed = [
            process("a", 1, &[("PATH", "/bin"), ("NAME", "a"), ("MODE", "x")]),
            process("b", 2, &[("PATH", "/bin"), ("NAME", "b"), ("MODE", "x")]),
            process("c", 3, &[("PATH", "/bin"), ("MODE", "x")]),
        ];
        let by = |env: &[(&str, &str)]| left_by(&remembered, &listed, 9, env);
        assert_eq!(by(&[("PATH", "/bin"), ("NAME", "b"), ("MODE", "x")]), ["b"]);
        assert_eq!(by(&[("PATH", "/bin"), ("MODE", "x")]), ["c"]);
        // A program has changed what no other app has either.
        assert_eq!(by(&[("PATH", "/opt"), ("NAME", "a"), ("MODE", "y"), ("PWD", "/")]), ["a"]);
        assert_eq!(by(&[("PATH", "/bin"), ("NAME", "other"), ("MODE", "x")]), ["a", "b", "c"]);
    }

    #[test]
    fn where_the_facts_contradict_each_other_nobody_is_singled_out() {
        let remembered = [remembered(1, 5), remembered(2, 5)];
        let listed = [
            process("a", 1, &[("NAME", "a"), ("MODE", "x")]),
            process("b", 2, &[("NAME", "b"), ("MODE", "y")]),
        ];
        let by = left_by(&remembered, &listed, 9, &[("NAME", "a"), ("MODE", "y")]);
        assert_eq!(by, ["a", "b"]);
    }

    #[test]
    fn a_process_is_younger_than_its_app() {
        let remembered = [remembered(1, 5), remembered(2, 7)];
        let mut listed = [process("a", 1, &[]), process("b", 2, &[])];
        assert_eq!(left_by(&remembered, &listed, 6, &[]), ["a"]);
        assert_eq!(left_by(&remembered, &listed, 7, &[]), ["a", "b"]);
        // It had another process before.
        listed[1].restarts = 1;
        assert_eq!(left_by(&remembered, &listed, 6, &[]), ["a", "b"]);
    }
}
