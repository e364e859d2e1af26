//! Machines: what units run on.

use proc_macro2::{Delimiter, Span};
use promethean_core::declaration::Machine;
use promethean_core::problem::Fault;
use promethean_core::suggest::nearest;
use syn::ext::IdentExt as _;

use super::words::Opener;
use super::{Failed, KeywordPlace, Parsed, Statement};
use crate::stream::Stream;

/// What a machine can have.
const STATEMENTS: [&str; 2] = ["root", "has"];

impl Parsed {
    /// `"machine" NAME STRING (";" | "{" ("root" STRING ";" | "has" NAME ("," NAME)* ";")* "}")`
    pub(super) fn machine(
        &mut self,
        stream: &mut Stream<'_>,
        doc: String,
        start: Span,
    ) -> Result<(), Failed> {
        let name = self.declared_name(stream, "machine", "the name of the machine")?;
        self.lose_on_failure(&name, |parser| {
            let mut machine = Machine { doc, name: name.clone(), ..Machine::default() };
            let written = format!("machine {}", name.value);
            if stream.peek_sign(';') || stream.peek_group(Delimiter::Brace) || stream.at_end() {
                let instead = format!("{written} \"192.168.1.20\" {{ … }}");
                let reason = "it has no host, the name or address by which others reach it";
                let fault = Fault::BadMachine { reason, instead };
                parser.report_at(fault, stream.last(), stream.last());
                return Err(Failed::Within);
            }
            machine.host = parser.string(stream, &written, "the host of the machine in quotes")?;
            let opener = Opener { keyword: "machine", name: &name, start, without_block: true };
            let mut behind = Ok(());
            if stream.at_end() {
                parser.report_at(Fault::MissingSemicolon, stream.last(), stream.last());
            } else if stream.sign(';').is_none() {
                match parser.braces(stream, opener) {
                    Ok(group) => parser.machine_body(group.inside, &mut machine),
                    Err(failed) => behind = Err(failed),
                }
            }
            parser.declaration.machines.push(machine);
            behind
        })
    }

    fn machine_body(&mut self, mut stream: Stream<'_>, machine: &mut Machine) {
        let mut reported = false;
        while let Some(Statement { start, before, .. }) =
            self.next_statement(&mut stream, None, &mut reported)
        {
            if let Err(failed) = self.machine_statement(&mut stream, machine) {
                self.recover(&failed, &mut stream, start);
            }
            reported = self.problems.len() > before;
        }
    }

    fn machine_statement(
        &mut self,
        stream: &mut Stream<'_>,
        machine: &mut Machine,
    ) -> Result<(), Failed> {
        let Some(word) = stream.word() else {
            return self.no_statement(stream, "`root` or `has`");
        };
        let written = word.unraw().to_string();
        let place = if written == "root" { KeywordPlace::Top } else { KeywordPlace::Block };
        self.keyword(&word, place);
        let meant = match STATEMENTS.contains(&written.as_str()) {
            true => Some(written.as_str()),
            false => nearest(&written, STATEMENTS),
        };
        if let Some(meant) = meant.filter(|meant| *meant != written) {
            self.misplaced(&word, &format!("did you mean `{meant}`?"));
        }
        match meant {
            Some("root") => {
                self.once(&word, machine.root.is_some());
                let root = self.string(stream, "root", "a directory in quotes")?;
                machine.root.get_or_insert(root);
                self.end(stream, "`;`")
            }
            Some(_) => {
                self.no_sign("has", stream);
                machine.has.push(self.name(stream, "what the machine has")?);
                while stream.sign(',').is_some() {
                    machine.has.push(self.name(stream, "what the machine has")?);
                }
                self.end(stream, "`,` or `;`")
            }
            None => Err(self.misplaced(&word, ONLY)),
        }
    }
}

/// What else is written about a machine.
const ONLY: &str = "a machine can only have `root` and `has`; what runs on it says so with `on`";
