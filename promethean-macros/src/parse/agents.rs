//! Agents.

use proc_macro2::{Delimiter, Span};
use promethean_core::declaration::{Agent, Unit};
use promethean_core::problem::{Fault, OtherSyntax};

use super::members::Members;
use super::templates::Maker;
use super::words::Opener;
use super::{Failed, Parsed};
use crate::stream::Stream;

impl Parsed {
    /// `"agent" NAME made_from ("{" … "}" | ";")`
    pub(super) fn agent(
        &mut self,
        stream: &mut Stream<'_>,
        doc: String,
        start: Span,
    ) -> Result<(), Failed> {
        let name = self.declared_name(stream, "agent", "the name of the agent")?;
        self.lose_on_failure(&name, |parser| {
            let maker = Maker { keyword: "agent", name: &name, directory: None };
            let templates = parser.made_from(maker, stream)?;
            // `agent duck: bot();`
            let mut behind = *stream;
            if let Some(template) = templates.last()
                && behind.group(Delimiter::Parenthesis).is_some()
                && (behind.peek_sign(';') || behind.peek_group(Delimiter::Brace))
            {
                let end = if behind.peek_sign(';') { ";" } else { " { … }" };
                let instead = format!("agent {}: {}{end}", name.value, template.value);
                let found = OtherSyntax::Otherwise { found: "(".into(), instead };
                parser.foreign(found, stream.span(), stream.span());
                *stream = behind;
            }
            let mut members = Members::default();
            let without_block = !templates.is_empty();
            let opener = Opener { keyword: "agent", name: &name, start, without_block };
            // An agent that is its templates and nothing else needs no block.
            if templates.is_empty() || stream.sign(';').is_none() {
                if stream.at_end() && without_block {
                    parser.report_at(Fault::MissingSemicolon, stream.last(), stream.last());
                } else {
                    match parser.braces(stream, opener) {
                        Ok(group) => parser.members(group.inside, &mut members, opener),
                        // The agent is there all the same.
                        Err(Failed::Behind) => {}
                        Err(failed) => return Err(failed),
                    }
                }
            }
            parser.declaration.units.push(Unit::Agent(Agent {
                doc,
                name: name.clone(),
                templates,
                block: members.block,
                without: members.without,
                overrides: members.overrides,
                services: members.services,
            }));
            Ok(())
        })
    }
}
