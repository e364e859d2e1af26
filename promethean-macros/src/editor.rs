//! What makes the names of an ecosystem live in an editor.
//!
//! rust-analyzer knows a token of a macro's input by what it becomes in the expansion: where the
//! expansion has the token as an item's name or in a path, with the span it came with, hover,
//! declaration, references and rename work on it. So each service, agent, external, template and
//! env set becomes an item here, each reference to one a path, and each word of the language another
//! name for an item that carries its documentation.
//!
//! rustc needs none of this and never sees it: it is emitted only where [`host`] knows an editor.
//! Under `#[cfg(rust_analyzer)]` rustc would have to parse it all the same, which makes a service
//! cost two thirds more to compile, and it would warn the user of a condition that it does not know.

use std::collections::{BTreeMap, HashSet};

use proc_macro2::{Ident, Span, TokenStream};
use promethean_core::attribute::{
    AWAITED, Attribute, Form, ITEMS, MEMBERS, Owner, SOURCES, STATEMENTS,
};
use promethean_core::blocks::{self, BlockOwner, Siblings, each_made};
use promethean_core::declaration::{
    Agent, Attribution, Condition, EndpointPart, Kind, Service, Template, Unit,
};
use promethean_core::expanded_service::Templates;
use promethean_core::kind::Runner;
use promethean_core::span_id::{SpanId, Spanned};
use quote::{ToTokens as _, format_ident, quote};
use smol_str::SmolStr;
use syn::ext::IdentExt as _;

use crate::host;
use crate::parse::{Keyword, KeywordPlace, Parsed};
use crate::source::SpanRange;

/// A `compile_error!` by another name, which is declared where the error is: who asks for the
/// declaration of the token that is wrong stays there, where `core`'s own would lead away, and hover
/// shows the message. rust-analyzer places the error itself on the call.
pub(crate) fn compile_error(number: usize, message: &str, place: SpanRange) -> TokenStream {
    let name = format_ident!("problem_{number}", span = place.first);
    quote! {
        #[doc = #message]
        #[rustc_builtin_macro(compile_error)]
        macro_rules! #name { ($message:expr) => {}; }
        #name! { #message }
    }
}

/// The value, so that rust-analyzer does not evaluate it: hover on a static would show its bytes in
/// place of the ecosystem as it is written. The same tokens outside rust-analyzer.
pub(crate) fn unevaluated(handle: TokenStream) -> TokenStream {
    match host::is_editor() {
        true => quote! {
            unsafe extern "C" { safe fn __promethean_value() -> ::promethean::Ecosystem; }
            let _: ::promethean::Ecosystem = { #handle };
            __promethean_value()
        },
        false => handle,
    }
}

/// The items and paths that make the names live; nothing outside rust-analyzer.
pub(crate) fn names(parsed: &Parsed) -> TokenStream {
    match host::is_editor() {
        true => live(parsed),
        false => TokenStream::new(),
    }
}

fn live(parsed: &Parsed) -> TokenStream {
    let mut names = Names::new(parsed);
    names.declarations();
    names.references();
    names.keywords();
    names.into_tokens()
}

/// What a name stands for; an editor shows it as the type of the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sort {
    Service,
    Agent,
    External,
    Template,
    Set,
    Endpoint,
    Item,
    Kind,
    Statement,
    Attribute,
    Runner,
    Source,
    Awaited,
}

impl Sort {
    const ALL: [Sort; 13] = [
        Sort::Service,
        Sort::Agent,
        Sort::External,
        Sort::Template,
        Sort::Set,
        Sort::Endpoint,
        Sort::Item,
        Sort::Kind,
        Sort::Statement,
        Sort::Attribute,
        Sort::Runner,
        Sort::Source,
        Sort::Awaited,
    ];

    fn type_name(self) -> Ident {
        format_ident!("{self:?}")
    }
}

/// A space of names in which each is declared once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Scope<'a> {
    Units,
    Templates,
    Sets,
    /// The named endpoints of all units: those of one name are one to an editor.
    Endpoints,
    /// The services of a template.
    Template(&'a str),
    /// The services that an agent has beside those of its template.
    Agent(&'a str),
    /// The words of the language of a sort.
    Words(Sort),
}

impl Scope<'_> {
    /// The name of its module, which an editor shows; the number tells those of services apart.
    fn module(self, number: usize) -> Ident {
        match self {
            Scope::Units => format_ident!("units"),
            Scope::Templates => format_ident!("templates"),
            Scope::Sets => format_ident!("sets"),
            Scope::Endpoints => format_ident!("endpoints"),
            Scope::Template(_) | Scope::Agent(_) => format_ident!("services_{number}"),
            Scope::Words(Sort::Item) => format_ident!("items"),
            Scope::Words(Sort::Kind) => format_ident!("kinds"),
            Scope::Words(Sort::Runner) => format_ident!("runners"),
            Scope::Words(Sort::Attribute) => format_ident!("attributes"),
            Scope::Words(Sort::Source) => format_ident!("sources"),
            Scope::Words(Sort::Awaited) => format_ident!("awaited"),
            Scope::Words(_) => format_ident!("statements"),
        }
    }
}

/// Whether an ecosystem that is used can declare a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Elsewhere {
    Perhaps,
    Never,
}

/// The names of a scope, as items of a module.
struct Module<'a> {
    name: Ident,
    declared: HashSet<&'a str>,
    items: TokenStream,
}

/// The names of an ecosystem, as the tokens that make them live.
struct Names<'a> {
    parsed: &'a Parsed,
    templates: Templates<'a>,
    modules: BTreeMap<Scope<'a>, Module<'a>>,
    /// Paths to the items of the modules.
    paths: TokenStream,
    /// Paths to other ecosystems, which are resolved where the user wrote them.
    links: TokenStream,
}

impl<'a> Names<'a> {
    fn new(parsed: &'a Parsed) -> Names<'a> {
        let (modules, paths, links) = Default::default();
        let templates = Templates::of(&parsed.declaration);
        Names { parsed, templates, modules, paths, links }
    }

    fn into_tokens(self) -> TokenStream {
        let Names { modules, paths, links, .. } = self;
        let types = Sort::ALL.map(Sort::type_name);
        let modules = modules.into_values().map(|Module { name, items, .. }| {
            quote!(pub mod #name { use super::*; unsafe extern "C" { #items } })
        });
        quote! {
            #[allow(dead_code, nonstandard_style, unused_imports)]
            mod __promethean_names {
                #(pub enum #types {})*
                #(#modules)*
                #paths
            }
            #[allow(unused_imports)]
            const _: () = { #links };
        }
    }

    /// An item for each name that the ecosystem declares.
    fn declarations(&mut self) {
        let Parsed { declaration, .. } = self.parsed;
        self.named_endpoints();
        for set in &declaration.sets {
            self.declare(Scope::Sets, &set.name, Sort::Set, "");
        }
        for template in &declaration.templates {
            self.declare(Scope::Templates, &template.name, Sort::Template, "");
            for service in &template.services {
                self.service(Scope::Template(&template.name), service);
            }
        }
        for unit in &declaration.units {
            match unit {
                Unit::Include(_) => {}
                Unit::Service(service) => self.service(Scope::Units, service),
                Unit::External(external) => {
                    self.declare(Scope::Units, &external.name, Sort::External, &external.doc);
                }
                Unit::Agent(agent) => {
                    self.declare(Scope::Units, &agent.name, Sort::Agent, &agent.doc);
                    for service in &agent.services {
                        self.service(Scope::Agent(&agent.name), service);
                    }
                }
            }
        }
    }

    /// An item for each named endpoint.
    fn named_endpoints(&mut self) {
        let declaration = &self.parsed.declaration;
        let mut endpoints = Vec::new();
        blocks::each(declaration, |_, block| endpoints.extend(&block.listen));
        for unit in &declaration.units {
            if let Unit::External(external) = unit {
                endpoints.extend(&external.listen);
            }
        }
        for listen in endpoints {
            if let Some(name) = &listen.name {
                let scheme = listen.scheme.as_ref().map_or("", |scheme| scheme.as_str());
                let doc = format!("listens: {scheme} {}", listen.at.value);
                self.declare(Scope::Endpoints, name, Sort::Endpoint, &doc);
            }
        }
    }

    fn service(&mut self, scope: Scope<'a>, service: &'a Service) {
        let Service { doc, kind, name, directory, .. } = service;
        let place = match directory {
            Some(directory) => format!("in `{}`", directory.value),
            None => "in the root".to_owned(),
        };
        let doc = format!("{doc}\n\nA `{}` service {place}.", kind.word());
        self.declare(scope, name, Sort::Service, doc.trim_start());
    }

    /// Declares a name that is a word of its own, if its scope does not have it yet.
    fn declare(&mut self, scope: Scope<'a>, name: &'a Spanned<SmolStr>, sort: Sort, doc: &str) {
        if let Some(word) = identifier(self.parsed, name.span_id) {
            self.item(scope, name, &word, sort, doc);
        }
    }

    fn item(&mut self, scope: Scope<'a>, name: &'a str, word: &Ident, sort: Sort, doc: &str) {
        let number = self.modules.len();
        let module = self.modules.entry(scope).or_insert_with(|| Module {
            name: scope.module(number),
            declared: HashSet::new(),
            items: TokenStream::new(),
        });
        if module.declared.insert(name) {
            let type_name = sort.type_name();
            module.items.extend(quote!(#[doc = #doc] pub safe static #word: #type_name;));
        }
    }

    /// A path for each name that refers to another one.
    fn references(&mut self) {
        let Parsed { declaration, repeated_paths, .. } = self.parsed;
        for path in repeated_paths {
            self.links.extend(quote!(use #path as _;));
        }
        let mut templates = Vec::new();
        each_made(declaration, |names, _| templates.extend(names));
        for template in templates {
            self.refer(&[Scope::Templates], template, Elsewhere::Perhaps);
        }
        for unit in &declaration.units {
            if let Unit::Agent(agent) = unit {
                self.agent(agent);
            }
        }
        let mut dependencies = Vec::new();
        blocks::each(declaration, |owner, block| {
            let named = block.depends_on.iter().map(|dependency| (owner.siblings(), dependency));
            dependencies.extend(named);
        });
        for (siblings, dependency) in dependencies {
            self.target(siblings, dependency.ecosystem.as_ref(), &dependency.unit);
        }
        self.endpoints();
        let mut sets = Vec::new();
        blocks::each_env(declaration, |_, spreads, _| sets.extend(spreads));
        for set in sets {
            self.refer(&[Scope::Sets], set, Elsewhere::Perhaps);
        }
    }

    /// What an agent changes in the services of its templates.
    fn agent(&mut self, agent: &'a Agent) {
        let changed = agent.overrides.iter().map(|change| &change.service);
        for service in agent.without.iter().chain(changed) {
            self.refer(&self.scopes_of(agent), service, self.templates_of(agent));
        }
    }

    /// References to endpoints, and to those of the unit itself that a probe names.
    fn endpoints(&mut self) {
        let declaration = &self.parsed.declaration;
        let mut references = Vec::new();
        blocks::each_reference(declaration, |owner, reference| {
            references.push((owner.map_or(Siblings::None, BlockOwner::siblings), reference));
        });
        for (siblings, reference) in references {
            self.target(siblings, reference.ecosystem.as_ref(), &reference.unit);
            match (&reference.endpoint, &reference.ecosystem) {
                (Some(endpoint), Some(ecosystem)) => self.link(ecosystem, endpoint),
                (Some(endpoint), None) => {
                    self.refer(&[Scope::Endpoints], endpoint, Elsewhere::Never);
                }
                (None, _) => {}
            }
        }
        let mut probes = Vec::new();
        blocks::each(declaration, |_, block| {
            probes.extend(block.probes().map(|(_, probe)| probe));
        });
        probes.extend(declaration.units.iter().filter_map(|unit| match unit {
            Unit::External(external) => external.ready.as_deref(),
            Unit::Service(_) | Unit::Agent(_) | Unit::Include(_) => None,
        }));
        for endpoint in probes.into_iter().filter_map(|probe| probe.endpoint.as_ref()) {
            self.refer(&[Scope::Endpoints], endpoint, Elsewhere::Never);
        }
    }

    fn target(
        &mut self,
        siblings: Siblings<'a>,
        ecosystem: Option<&Spanned<SmolStr>>,
        unit: &'a [Spanned<SmolStr>],
    ) {
        if let Some(ecosystem) = ecosystem {
            for unit in unit {
                self.link(ecosystem, unit);
            }
            return;
        }
        match unit {
            [unit] => {
                let (mut scopes, elsewhere) = match siblings {
                    Siblings::None => (Vec::new(), Elsewhere::Never),
                    Siblings::Template(template) => self.around_template(template),
                    Siblings::Agent(agent) => (self.scopes_of(agent), self.templates_of(agent)),
                };
                scopes.push(Scope::Units);
                self.refer(&scopes, unit, elsewhere);
            }
            [name, service] => {
                self.refer(&[Scope::Units], name, Elsewhere::Never);
                let units = self.parsed.declaration.units.iter();
                let mut agents = units.filter_map(|unit| match unit {
                    Unit::Agent(agent) => Some(agent),
                    Unit::Service(_) | Unit::External(_) | Unit::Include(_) => None,
                });
                if let Some(agent) = agents.find(|agent| *agent.name == **name) {
                    self.refer(&self.scopes_of(agent), service, self.templates_of(agent));
                }
            }
            _ => {}
        }
    }

    /// Where the services of an agent can come from that are not declared here.
    fn templates_of(&self, agent: &'a Agent) -> Elsewhere {
        self.elsewhere(&agent.templates)
    }

    fn elsewhere(&self, templates: &'a [Spanned<SmolStr>]) -> Elsewhere {
        match self.templates.are_elsewhere(templates) {
            true => Elsewhere::Perhaps,
            false => Elsewhere::Never,
        }
    }

    /// Where the services of an agent are declared: its own, and those of its templates.
    fn scopes_of(&self, agent: &'a Agent) -> Vec<Scope<'a>> {
        std::iter::once(Scope::Agent(&agent.name))
            .chain(self.of_templates(&agent.templates))
            .collect()
    }

    /// Where the services are declared that a template can name, and whether there are others.
    fn around_template(&self, template: &'a Template) -> (Vec<Scope<'a>>, Elsewhere) {
        let scopes = std::iter::once(Scope::Template(&template.name));
        let scopes = scopes.chain(self.of_templates(&template.templates));
        (scopes.collect(), self.elsewhere(&template.templates))
    }

    fn of_templates(&self, names: &'a [Spanned<SmolStr>]) -> Vec<Scope<'a>> {
        let chain = self.templates.chain(names);
        let templates = chain.all().iter().map(|layer| Scope::Template(&layer.template.name));
        templates.collect()
    }

    /// Leads a name to the first of some scopes that has it, else to the ecosystems that are used,
    /// where one of them may declare it.
    fn refer(&mut self, scopes: &[Scope<'a>], name: &'a Spanned<SmolStr>, elsewhere: Elsewhere) {
        let Some(word) = identifier(self.parsed, name.span_id) else { return };
        let mut modules = scopes.iter().filter_map(|scope| self.modules.get(scope));
        if let Some(module) = modules.find(|module| module.declared.contains(name.as_str())) {
            let module = &module.name;
            self.paths.extend(quote!(use self::#module::#word as _;));
        } else if elsewhere == Elsewhere::Perhaps {
            for used in &self.parsed.declaration.uses {
                self.link(used, name);
            }
        }
    }

    /// Leads a name that another ecosystem declares to the static of that one.
    fn link(&mut self, path: &str, name: &Spanned<SmolStr>) {
        let Some(word) = identifier(self.parsed, name.span_id) else { return };
        let Some(link) = self.parsed.links.iter().find(|link| link.path == path) else { return };
        // The other name must not hide what the path begins with.
        if path.split("::").all(|part| name.as_str() != part) {
            let path = &link.tokens;
            self.links.extend(quote!(use #path as #word;));
        }
    }

    /// Another name for a documented item, for each word of the language.
    fn keywords(&mut self) {
        for Keyword { word, place } in &self.parsed.keywords {
            if let Some(described) = describe(&word.unraw().to_string(), *place) {
                self.word(word, described);
            }
        }
        let mut runners = Vec::new();
        blocks::each(&self.parsed.declaration, |_, block| {
            let settings = block.settings.iter();
            let of_runner = |setting: &&Attribution| {
                setting.attribute().is_some_and(|attribute| attribute.form == Form::Runner)
            };
            runners
                .extend(settings.filter(of_runner).filter_map(|setting| setting.values().first()));
        });
        for runner in runners {
            let Some(name) = runner.value.as_name() else { continue };
            let Some(known) = Runner::from_word(name) else { continue };
            let (name, meaning) = (known.word(), known.meaning().to_owned());
            let word = Ident::new(name, self.parsed.source.place(runner.span_id).first);
            let described = Described { sort: Sort::Runner, name, meaning };
            self.word(&word, described);
        }
    }

    fn word(&mut self, word: &Ident, described: Described) {
        let Described { sort, name, meaning } = described;
        let scope = Scope::Words(sort);
        let item = item_name(&Ident::new(name, Span::mixed_site()));
        let (Some(word), Some(item)) = (item_name(word), item) else { return };
        self.item(scope, name, &item, sort, &meaning);
        if let Some(Module { name: module, .. }) = self.modules.get(&scope) {
            self.paths.extend(quote!(use self::#module::#item as #word;));
        }
    }
}

/// The word that a span id stands for, as the name of an item.
fn identifier(parsed: &Parsed, span_id: SpanId) -> Option<Ident> {
    parsed.source.word(span_id).and_then(item_name)
}

/// A word as the name of an item: Rust's own words in their raw form, but for the few that have none.
fn item_name(word: &Ident) -> Option<Ident> {
    if syn::parse2::<Ident>(word.to_token_stream()).is_ok() {
        return Some(word.clone());
    }
    let mut raw = syn::parse_str::<Ident>(&format!("r#{word}")).ok()?;
    raw.set_span(word.span());
    Some(raw)
}

/// What a word of the language means.
struct Described {
    sort: Sort,
    /// The name it has in its table.
    name: &'static str,
    meaning: String,
}

/// Looks a word up, as one that begins an item, one that is in a block, or one of a variable's value.
fn describe(word: &str, place: KeywordPlace) -> Option<Described> {
    let in_table = |sort: Sort, table: &'static [(&'static str, &'static str)]| {
        let row = table.iter().find(|(known, _)| *known == word);
        row.map(|(name, meaning)| Described { sort, name, meaning: (*meaning).to_owned() })
    };
    if place == KeywordPlace::Source {
        let part = EndpointPart::from_word(word).map(|part| Described {
            sort: Sort::Source,
            name: part.word(),
            meaning: part.meaning().to_owned(),
        });
        return part.or_else(|| in_table(Sort::Source, SOURCES));
    }
    if place == KeywordPlace::Dependency {
        let condition = Condition::from_word(word).map(|condition| Described {
            sort: Sort::Awaited,
            name: condition.word(),
            meaning: condition.meaning().to_owned(),
        });
        return condition.or_else(|| in_table(Sort::Awaited, AWAITED));
    }
    if let Some(kind) = Kind::from_word(word) {
        let meaning = kind.meaning().to_owned();
        return Some(Described { sort: Sort::Kind, name: kind.word(), meaning });
    }
    if place == KeywordPlace::Top {
        return in_table(Sort::Item, ITEMS);
    }
    in_table(Sort::Statement, STATEMENTS)
        .or_else(|| in_table(Sort::Statement, MEMBERS))
        .or_else(|| attribute(word))
}

fn attribute(word: &str) -> Option<Described> {
    let attribute = Attribute::find(word)?;
    let default = match attribute.owner {
        Owner::Pm2 { default } if !default.is_empty() => format!(" PM2's default: {default}."),
        Owner::Pm2 { .. } | Owner::Language => String::new(),
    };
    let meaning = format!("{}\n\nTakes {}.{default}", attribute.meaning, attribute.takes());
    Some(Described { sort: Sort::Attribute, name: attribute.name, meaning })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;

    /// What the names of an ecosystem expand to, without spaces.
    fn live_names(ecosystem: &str) -> String {
        let tokens: TokenStream = ecosystem.parse().expect("the example consists of Rust's tokens");
        live(&parse::ecosystem(tokens)).to_string().replace(' ', "")
    }

    #[test]
    fn rustc_gets_none_of_it() {
        assert!(names(&parse::ecosystem(quote!(node web;))).is_empty());
    }

    #[test]
    fn a_name_is_an_item_and_a_reference_a_path_to_the_nearest() {
        let live = live_names(
            "external db; template one { node voice; node ears { depends_on voice, db; } }
             agent duck: one { without ears; node tail { depends_on voice; } }
             node voice { depends_on duck.tail; }",
        );
        assert_eq!(live.matches("statictail:Service;").count(), 1, "{live}");
        assert_eq!(live.matches("staticvoice:Service;").count(), 2, "{live}");
        for path in ["useself::units::dbas_;", "useself::units::duckas_;"] {
            assert_eq!(live.matches(path).count(), 1, "{path} in {live}");
        }
        assert!(!live.contains("useself::units::voiceas_;"), "{live}");
    }

    #[test]
    fn each_name_of_a_template_leads_to_it() {
        let live = live_names(
            "use base::BASE;
             template base { node voice; } template quiet: base { node ears { depends_on voice; } }
             python mcp: quiet, elsewhere; agent duck: quiet { node tail: quiet { depends_on voice; } }",
        );
        assert_eq!(live.matches("useself::templates::quietas_;").count(), 3, "{live}");
        assert_eq!(live.matches("useself::templates::baseas_;").count(), 1, "{live}");
        assert_eq!(live.matches("usebase::BASEaselsewhere;").count(), 1, "{live}");
        let voices = live.matches("::voiceas_;").count();
        assert_eq!((voices, live.matches("useself::units::voice").count()), (2, 0), "{live}");
    }

    #[test]
    fn references_to_endpoints_live() {
        let live = live_names(
            "node proxx { listen http 80; listen metrics: http 81; ready tcp metrics; }
             node a { env { A = url proxx:metrics; B = url x::X.broker; C = port proxx; } }",
        );
        assert_eq!(live.matches("useself::units::proxxas_;").count(), 2, "{live}");
        assert_eq!(live.matches("useself::endpoints::metricsas_;").count(), 2, "{live}");
        assert_eq!(live.matches("staticmetrics:Endpoint;").count(), 1, "{live}");
        assert_eq!(live.matches("usex::Xasbroker;").count(), 1, "{live}");
        for word in ["useself::sources::urlasurl;", "useself::statements::listenaslisten;"] {
            assert!(live.contains(word), "{word} in {live}");
        }
    }

    #[test]
    fn a_word_of_the_language_has_its_documentation_under_all_its_names() {
        let live = live_names("node web { out \"log\"; outFile \"log\"; }");
        assert!(live.contains("useself::attributes::out_fileasout;"), "{live}");
        assert!(live.contains("useself::attributes::out_fileasoutFile;"), "{live}");
        assert_eq!(live.matches("staticout_file:Attribute;").count(), 1, "{live}");
    }

    #[test]
    fn the_words_of_a_chain_have_their_documentation() {
        let live =
            live_names("defaults { env { A = secret or inherit \"B\" or unset; unset C; } }");
        for word in ["secret", "or", "inherit", "unset"] {
            assert!(live.contains(&format!("useself::sources::{word}as{word};")), "{word}: {live}");
        }
    }

    #[test]
    fn what_no_item_can_be_called_is_left_out() {
        let live = live_names(
            "node self; node crate; node \"quoted\"; node with-hyphen; node type; node r#match;
             node web { depends_on self, crate, quoted, with-hyphen, type, r#match, nowhere; }",
        );
        assert_eq!(live.matches(":Service;").count(), 3, "{live}");
        assert!(live.contains("staticr#type:Service;"), "{live}");
        assert!(live.contains("useself::units::r#matchas_;"), "{live}");
    }

    #[test]
    fn a_path_lives_wherever_it_stands_and_takes_its_units_with_it() {
        let live = live_names("node a { depends_on x::X.db, x::X.db, X.X; } include x::X;");
        assert_eq!(live.matches("usex::Xasdb;").count(), 2, "{live}");
        assert_eq!(live.matches("usex::Xas_;").count(), 2, "{live}");
        assert!(!live.contains("useXasX;"), "{live}");
    }
}
