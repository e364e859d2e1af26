//! A declaration as text of the language: the text between the braces of `ecosystem! { … }`.
//!
//! Statements stand one on a line, four spaces deeper with every block. A block of one statement
//! stays on its line where it fits. Between units that are longer than a line stands an empty one.

mod block;
mod comments;
mod page;
mod word;

use crate::declaration::{
    Agent, Declaration, EnvSet, External, Machine, Override, Purpose, Service, Template, Unit,
};
use crate::span_id::Spanned;

pub use comments::Comments;

use page::{Page, Statement};
use smol_str::SmolStr;
use word::{name, text};

/// Writes a declaration as text of the language, without the braces of the macro around it and
/// indented by this many levels of four spaces.
///
/// The comments stand where their span ids are. `(expressions)` are not a part of a declaration, so a
/// declaration that has some cannot be written; a place of theirs is written `(todo!())`. A size
/// that is no whole number of `K` is written as an expression, for the language has no literal for
/// it.
#[must_use]
pub fn source(declaration: &Declaration, comments: &Comments, level: usize) -> String {
    let mut page = Page::new(level);
    let writer = Writer { comments };
    for group in writer.groups(declaration) {
        page.group(&group);
    }
    page.finish()
}

/// Writes the parts of a declaration.
struct Writer<'a> {
    comments: &'a Comments,
}

impl Writer<'_> {
    /// The statements that are together, with an empty line between them and the next.
    fn groups(&self, declaration: &Declaration) -> Vec<Vec<Statement>> {
        let top = self.comments.top().iter().map(|line| Statement::comment(line));
        let mut groups = vec![top.collect(), header(declaration)];
        if !declaration.defaults.is_empty() {
            let inside = self.block(&declaration.defaults);
            groups.push(vec![Statement::block("defaults", inside).broken()]);
        }
        let machines = declaration.machines.iter();
        groups.push(machines.flat_map(|machine| self.machine(machine)).collect());
        groups.extend(declaration.sets.iter().map(|set| vec![self.set(set)]));
        groups.extend(declaration.templates.iter().map(|template| self.template(template)));
        let mut lines: Vec<Statement> = Vec::new();
        for unit in &declaration.units {
            let each = unit.included().and_then(|file| pattern_of(declaration, file));
            let statements = match each {
                Some((false, _)) => continue,
                Some((true, pattern)) => {
                    vec![Statement::line(format!("include each {};", text(pattern)))]
                }
                None => self.unit(unit),
            };
            if statements.iter().all(Statement::is_line) {
                lines.extend(statements);
            } else {
                groups.push(std::mem::take(&mut lines));
                groups.push(statements);
            }
        }
        groups.push(lines);
        let bottom = self.comments.bottom().iter();
        groups.push(bottom.map(|line| Statement::comment(line)).collect());
        groups.retain(|group| !group.is_empty());
        groups
    }

    fn unit(&self, unit: &Unit) -> Vec<Statement> {
        match unit {
            Unit::Include(path) => vec![Statement::line(format!("include {};", **path))],
            Unit::Agent(agent) => self.agent(agent),
            Unit::Service(service) => self.service(service),
            Unit::External(external) => self.external(external),
        }
    }

    fn set(&self, set: &EnvSet) -> Statement {
        let inside = block::entries(&set.spreads, &set.env, self.comments);
        Statement::block(&format!("env {}", name(&set.name)), inside).broken()
    }

    fn machine(&self, machine: &Machine) -> Vec<Statement> {
        let mut inside = self.inside(machine.name.span_id);
        let root = machine.root.iter();
        inside.extend(root.map(|root| Statement::line(format!("root {};", text(root)))));
        if !machine.has.is_empty() {
            let has = machine.has.iter().map(|has| name(has)).collect();
            inside.push(Statement::list("has", has));
        }
        let head = format!("machine {} {}", name(&machine.name), text(&machine.host));
        let statement = match inside.is_empty() {
            true => Statement::line(format!("{head};")),
            false => Statement::block(&head, inside),
        };
        let mut statements = doc(&machine.doc);
        statements.extend(self.above(machine.name.span_id, statement));
        statements
    }

    fn template(&self, template: &Template) -> Vec<Statement> {
        let mut inside = self.inside(template.name.span_id);
        inside.extend(self.block(&template.block));
        inside.extend(template.services.iter().flat_map(|service| self.service(service)));
        let head = format!("template {}{}", name(&template.name), made_from(&template.templates));
        self.above(template.name.span_id, Statement::block(&head, inside).broken())
    }

    fn agent(&self, agent: &Agent) -> Vec<Statement> {
        let mut inside = self.inside(agent.name.span_id);
        inside.extend(self.block(&agent.block));
        let without = agent.without.iter();
        inside
            .extend(without.map(|service| Statement::line(format!("without {};", name(service)))));
        inside.extend(agent.overrides.iter().flat_map(|change| self.change(change)));
        inside.extend(agent.services.iter().flat_map(|service| self.service(service)));
        let head = format!("agent {}{}", name(&agent.name), made_from(&agent.templates));
        let statement = match inside.is_empty() && !agent.templates.is_empty() {
            true => Statement::line(format!("{head};")),
            false => Statement::block(&head, inside).broken(),
        };
        let mut statements = doc(&agent.doc);
        statements.extend(self.above(agent.name.span_id, statement));
        statements
    }

    fn change(&self, change: &Override) -> Vec<Statement> {
        let mut inside = self.inside(change.service.span_id);
        inside.extend(self.block(&change.block));
        let statement = Statement::block(&format!("override {}", name(&change.service)), inside);
        self.above(change.service.span_id, statement)
    }

    fn service(&self, service: &Service) -> Vec<Statement> {
        let mut inside = self.inside(service.name.span_id);
        inside.extend(self.block(&service.block));
        let directory = service.directory.as_ref();
        let directory = directory.map(|directory| format!(" {}", text(directory)));
        let kind = service.kind.word();
        let templates = made_from(&service.templates);
        let (name, directory) = (name(&service.name), directory.unwrap_or_default());
        let head = format!("{kind} {name}{templates}{directory}");
        let statement = match inside.is_empty() {
            true => Statement::line(format!("{head};")),
            false => Statement::block(&head, inside),
        };
        let mut statements = doc(&service.doc);
        statements.extend(self.above(service.name.span_id, statement));
        statements
    }

    fn external(&self, external: &External) -> Vec<Statement> {
        let mut inside = self.inside(external.name.span_id);
        inside.extend(external.listen.iter().map(block::listen));
        let ready = external.ready.iter();
        inside.extend(ready.map(|ready| block::probe(Purpose::Ready, ready)));
        let hint = external.hint.iter();
        inside.extend(hint.map(|hint| Statement::line(format!("hint {};", text(hint)))));
        let head = format!("external {}", name(&external.name));
        let statement = match inside.is_empty() {
            true => Statement::line(format!("{head};")),
            false => Statement::block(&head, inside),
        };
        let mut statements = doc(&external.doc);
        statements.extend(self.above(external.name.span_id, statement));
        statements
    }

    fn block(&self, block: &crate::declaration::Block) -> Vec<Statement> {
        block::statements(block, self.comments)
    }

    fn inside(&self, span_id: crate::span_id::SpanId) -> Vec<Statement> {
        let lines = self.comments.inside(span_id).iter();
        lines.map(|line| Statement::comment(line)).collect()
    }

    fn above(&self, span_id: crate::span_id::SpanId, statement: Statement) -> Vec<Statement> {
        let lines = self.comments.above(span_id).iter();
        let comments = lines.map(|line| Statement::comment(line));
        comments.chain([statement]).collect()
    }
}

/// The pattern of an `include each` that a file was found by, and whether it is the first one found.
fn pattern_of<'d>(
    declaration: &'d Declaration,
    file: &SmolStr,
) -> Option<(bool, &'d Spanned<SmolStr>)> {
    let each = declaration.each.iter().find(|each| each.files.contains(file))?;
    Some((each.files.first() == Some(file), &each.pattern))
}

/// What is at the top.
fn header(declaration: &Declaration) -> Vec<Statement> {
    let mut lines = Vec::new();
    if let Some(written) = &declaration.name {
        lines.push(format!("name {};", name(written)));
    }
    if let Some(root) = &declaration.root {
        lines.push(format!("root {};", text(root)));
    }
    if declaration.paths_unchecked {
        lines.push("paths unchecked;".to_owned());
    }
    if let Some(secrets) = &declaration.secrets {
        lines.push(format!("secrets {};", text(secrets)));
    }
    lines.extend(declaration.uses.iter().map(|path| format!("use {};", **path)));
    lines.into_iter().map(Statement::line).collect()
}

/// The templates that something is made from, behind its name.
fn made_from(templates: &[Spanned<SmolStr>]) -> String {
    match templates {
        [] => String::new(),
        templates => {
            let names: Vec<String> = templates.iter().map(|template| name(template)).collect();
            format!(": {}", names.join(", "))
        }
    }
}

fn doc(doc: &str) -> Vec<Statement> {
    // A carriage return would end the comment for nobody but rustc, which refuses it.
    let lines = doc.lines().map(|line| line.replace('\r', " "));
    lines.map(|line| Statement::line(format!("/// {line}").trim_end().to_owned())).collect()
}
