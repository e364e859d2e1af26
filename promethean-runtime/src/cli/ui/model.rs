//! What the live view knows, and what follows from what happens. It draws nothing and waits for nothing.

use std::collections::VecDeque;

use promethean_core::foreign::Foreign;
use regex_lite::{Regex, RegexBuilder};

use super::super::status;
use super::layout::Layout;
use crate::logs::{Escapes, Line, Stream, clean};
use crate::operations::{AppStatus, Event, Status};

/// Something that happens.
#[derive(Debug)]
pub(super) enum Message {
    /// A key is pressed.
    Key(Key),
    /// The terminal has this size: columns and lines.
    Size(u16, u16),
    /// The units are so.
    Status(Box<Status>),
    /// The engine does not answer.
    Lost(String),
    /// Lines of the logs that were asked for with this number.
    Lines(u64, Vec<Line>),
    /// What there is to say beside the lines of these logs.
    Note(u64, String),
    /// The operation goes on.
    Event(Event),
    /// The operation is over: what it has done, or why it has failed.
    Done(Result<String, String>),
}

/// A key that means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    Home,
    End,
    Enter,
    Tab,
    Backspace,
    Escape,
    Interrupt,
    Char(char),
}

/// What somebody else has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// Begin an operation.
    Begin(Operation),
    /// Let the operation end early.
    Interrupt,
    /// Read the logs of these apps, and no others; what comes of them has this number.
    Follow(u64, Vec<String>),
    /// Leave.
    Leave,
    /// Leave now, whatever is being done.
    LeaveNow,
}

/// An operation on units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Operation {
    pub(super) verb: Verb,
    /// The unit's name; `None` for the whole system.
    pub(super) unit: Option<String>,
}

/// What is done with units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Start,
    Stop,
    /// Also where others need it.
    StopAnyway,
    Restart,
}

impl Operation {
    /// `restarting duck`
    fn progress(&self) -> String {
        let verb = match self.verb {
            Verb::Start => "starting",
            Verb::Stop | Verb::StopAnyway => "stopping",
            Verb::Restart => "restarting",
        };
        format!("{verb} {}", self.unit.as_deref().unwrap_or("everything"))
    }

    /// `Restart all 17 services?`
    fn question(&self, services: usize) -> String {
        let verb = match self.verb {
            Verb::Start => "Start",
            Verb::Stop | Verb::StopAnyway => "Stop",
            Verb::Restart => "Restart",
        };
        format!("{verb} all {services} services?")
    }
}

/// What a row is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    System,
    Agent(String),
    App(String),
    External(String),
}

/// A line of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) app: String,
    pub(super) is_error: bool,
    /// Printable, without colours.
    pub(super) text: String,
}

/// How many lines are kept, and how much of each.
const KEPT: usize = 5_000;
const LONGEST: usize = 4_000;

impl Said {
    fn new(line: Line) -> Said {
        let written = format!("{}{}", line.stamp, line.text);
        let cleaned = clean(&written, Escapes::None).replace('\t', "    ");
        let text = match cleaned.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", cleaned.get(..end).unwrap_or_default()),
            None => cleaned,
        };
        Said { app: line.app, is_error: line.stream == Stream::Err, text }
    }
}

/// What is looked for in the lines.
#[derive(Clone, Debug)]
pub(super) struct Search {
    pub(super) text: String,
    /// Whether it is still being written.
    pub(super) is_open: bool,
    pub(super) pattern: Option<Regex>,
    /// The number of the line that is shown of those that match.
    pub(super) found: Option<u64>,
}

impl Search {
    fn open() -> Search {
        Search { text: String::new(), is_open: true, pattern: None, found: None }
    }

    /// A regular expression; what is none is looked for as it is written. Capitals count if there are any.
    fn write(&mut self, text: String) {
        let any_case = !text.chars().any(char::is_uppercase);
        let build = |written: &str| RegexBuilder::new(written).case_insensitive(any_case).build();
        let pattern = build(&text).or_else(|_| build(&regex_lite::escape(&text)));
        self.pattern = pattern.ok().filter(|_| !text.is_empty());
        self.text = text;
    }
}

/// What the live view knows.
#[derive(Debug)]
pub(super) struct Model {
    /// The name of the system.
    pub(super) system: String,
    pub(super) profile: Option<String>,
    /// The name of the engine.
    pub(super) engine: &'static str,
    pub(super) status: Option<Status>,
    /// Why the engine does not answer.
    pub(super) lost: Option<String>,
    pub(super) selected: Unit,
    /// The agents whose services are not shown.
    pub(super) folded: Vec<String>,
    /// The first row that is shown.
    pub(super) top: usize,
    pub(super) lines: VecDeque<Said>,
    /// The number of the first line that is kept.
    pub(super) first: u64,
    /// The number of the last line that is shown; `None` for the newest.
    pub(super) bottom: Option<u64>,
    pub(super) search: Option<Search>,
    /// Whether the logs have the whole screen.
    pub(super) is_wide: bool,
    pub(super) is_help: bool,
    /// What is done now, and the last that was said of it.
    pub(super) operation: Option<(Operation, String)>,
    /// What is asked before it is done.
    pub(super) asked: Option<Operation>,
    /// What was done last, or what cannot be done now.
    pub(super) note: String,
    /// Why an operation has failed.
    pub(super) failure: Option<String>,
    /// Whether it ends with the operation.
    is_leaving: bool,
    pub(super) size: (u16, u16),
    /// The apps whose logs are read, and the number with which they were asked for.
    followed: (u64, Vec<String>),
}

impl Model {
    pub(super) fn new(system: String, profile: Option<String>, engine: &'static str) -> Model {
        Model {
            system,
            profile,
            engine,
            status: None,
            lost: None,
            selected: Unit::System,
            folded: Vec::new(),
            top: 0,
            lines: VecDeque::new(),
            first: 0,
            bottom: None,
            search: None,
            is_wide: false,
            is_help: false,
            operation: None,
            asked: None,
            note: String::new(),
            failure: None,
            is_leaving: false,
            size: (80, 24),
            followed: (0, Vec::new()),
        }
    }

    /// Takes what happens, and says what is to be done.
    pub(super) fn handle(&mut self, message: Message) -> Vec<Request> {
        let mut requests = match message {
            Message::Key(key) => self.press(key),
            Message::Size(width, height) => {
                self.size = (width, height);
                Vec::new()
            }
            Message::Status(status) => {
                self.status = Some(*status);
                self.lost = None;
                Vec::new()
            }
            Message::Lost(why) => {
                self.lost = Some(why);
                Vec::new()
            }
            Message::Lines(number, lines) => {
                if number == self.followed.0 {
                    self.add(lines);
                }
                Vec::new()
            }
            Message::Note(number, note) => {
                if number == self.followed.0 {
                    self.note = note;
                }
                Vec::new()
            }
            Message::Event(event) => {
                if let Some((_, said)) = &mut self.operation {
                    *said = event.to_string();
                }
                Vec::new()
            }
            Message::Done(done) => self.end(done),
        };
        self.hold_selection();
        requests.extend(self.follow());
        requests
    }

    /// The rows, from the top.
    pub(super) fn units(&self) -> Vec<Unit> {
        let mut units = vec![Unit::System];
        let Some(status) = &self.status else { return units };
        let mut agents: Vec<&str> = Vec::new();
        for app in &status.apps {
            let Some(agent) = &app.agent else {
                units.push(Unit::App(app.app.clone()));
                continue;
            };
            if agents.contains(&agent.as_str()) {
                continue;
            }
            agents.push(agent);
            units.push(Unit::Agent(agent.clone()));
            if !self.folded.contains(agent) {
                let own = status.apps.iter().filter(|other| other.agent.as_ref() == Some(agent));
                units.extend(own.map(|app| Unit::App(app.app.clone())));
            }
        }
        units.extend(
            status.externals.iter().map(|external| Unit::External(external.external.clone())),
        );
        units
    }

    /// The apps of a unit.
    pub(super) fn apps(&self, unit: &Unit) -> Vec<&AppStatus> {
        let apps = self.status.iter().flat_map(|status| &status.apps);
        apps.filter(|app| match unit {
            Unit::System => true,
            Unit::Agent(agent) => app.agent.as_ref() == Some(agent),
            Unit::App(name) => app.app == *name,
            Unit::External(_) => false,
        })
        .collect()
    }

    /// What there is to say of what is selected, besides its row.
    pub(super) fn remarks(&self) -> Vec<String> {
        let Some(status) = &self.status else { return Vec::new() };
        match &self.selected {
            Unit::System => {
                let stopped = (!status.daemon)
                    .then(|| format!("{} does not run: s starts everything", self.engine));
                let notes = status.notes.iter().flat_map(status::lines_of);
                stopped.into_iter().chain(notes).collect()
            }
            Unit::External(name) => {
                let mut externals = status.externals.iter();
                let external = externals.find(|external| external.external == *name);
                external.map(status::external).unwrap_or_default()
            }
            Unit::Agent(_) | Unit::App(_) => {
                self.apps(&self.selected).into_iter().flat_map(status::remarks).collect()
            }
        }
    }

    /// What is shown in the line for what is done.
    pub(super) fn told(&self) -> String {
        if let Some(Search { is_open: true, text, .. }) = &self.search {
            return format!("/{}", Foreign(text));
        }
        if let Some(asked) = &self.asked {
            let services = self.apps(&Unit::System).len();
            return format!("{} y: yes, any other key: no", asked.question(services));
        }
        if let Some((operation, said)) = &self.operation {
            let said = if said.is_empty() { "" } else { &format!(": {said}") };
            return format!("{}{said}", operation.progress());
        }
        match &self.lost {
            Some(lost) => lost.clone(),
            None => self.note.clone(),
        }
    }

    /// How many lines match, and the position among them of the one that is shown, from the newest.
    pub(super) fn matches(&self) -> Option<(usize, usize)> {
        let search = self.search.as_ref()?;
        let numbers = self.matching(search.pattern.as_ref()?);
        let found = search.found.and_then(|found| numbers.iter().position(|line| *line == found));
        Some((found.map_or(0, |position| position + 1), numbers.len()))
    }

    /// The numbers of the lines that match, the newest first.
    fn matching(&self, pattern: &Regex) -> Vec<u64> {
        let numbered = (self.first..).zip(&self.lines);
        let mut numbers: Vec<u64> = numbered
            .filter_map(|(number, said)| pattern.is_match(&said.text).then_some(number))
            .collect();
        numbers.reverse();
        numbers
    }

    /// The number behind that of the last line.
    pub(super) fn end_of_lines(&self) -> u64 {
        self.first + u64::try_from(self.lines.len()).unwrap_or(0)
    }

    fn add(&mut self, lines: Vec<Line>) {
        for line in lines {
            if self.lines.len() == KEPT {
                self.lines.pop_front();
                self.first += 1;
            }
            self.lines.push_back(Said::new(line));
        }
        self.bottom = self.bottom.map(|bottom| bottom.max(self.first));
    }

    fn press(&mut self, key: Key) -> Vec<Request> {
        if self.search.as_ref().is_some_and(|search| search.is_open) && key != Key::Interrupt {
            self.write_search(key);
            return Vec::new();
        }
        if let Some(asked) = self.asked.take() {
            return match key {
                Key::Char('y' | 'Y') => self.begin(asked),
                _ => Vec::new(),
            };
        }
        let leaves = matches!(key, Key::Char('q') | Key::Interrupt);
        if !leaves && (self.failure.take().is_some() || std::mem::take(&mut self.is_help)) {
            return Vec::new();
        }
        match key {
            Key::Up | Key::Char('k') => self.select(-1),
            Key::Down | Key::Char('j') => self.select(1),
            Key::Left => self.fold(true),
            Key::Right => self.fold(false),
            Key::Enter => {
                let is_folded =
                    matches!(&self.selected, Unit::Agent(agent) if self.folded.contains(agent));
                self.fold(!is_folded);
            }
            Key::PageUp => self.scroll(-1),
            Key::PageDown => self.scroll(1),
            Key::Home | Key::Char('g') => self.bottom = Some(self.first),
            Key::End | Key::Char('G') => self.bottom = None,
            Key::Tab => self.is_wide = !self.is_wide,
            Key::Char('s') => return self.ask(Verb::Start),
            Key::Char('x') => return self.ask(Verb::Stop),
            Key::Char('X') => return self.ask(Verb::StopAnyway),
            Key::Char('r') => return self.ask(Verb::Restart),
            Key::Char('/') => self.search = Some(Search::open()),
            Key::Char('n') => self.find(1),
            Key::Char('N') => self.find(-1),
            Key::Char('?' | 'h') => self.is_help = true,
            Key::Char('q') | Key::Interrupt => return self.leave(),
            Key::Escape if self.operation.is_some() => return vec![Request::Interrupt],
            Key::Escape => {
                self.search = None;
                self.bottom = None;
                self.note.clear();
            }
            Key::Backspace | Key::Char(_) => {}
        }
        Vec::new()
    }

    fn leave(&mut self) -> Vec<Request> {
        match (&self.operation, self.is_leaving) {
            (None, _) => vec![Request::Leave],
            (Some(_), true) => vec![Request::LeaveNow],
            (Some(_), false) => {
                self.is_leaving = true;
                vec![Request::Interrupt]
            }
        }
    }

    fn select(&mut self, step: isize) {
        let units = self.units();
        let now = units.iter().position(|unit| *unit == self.selected).unwrap_or(0);
        let last = units.len().saturating_sub(1);
        if let Some(unit) = units.get(now.saturating_add_signed(step).min(last)) {
            self.selected = unit.clone();
        }
    }

    /// Keeps what is selected among the rows, and its row on the screen.
    fn hold_selection(&mut self) {
        let units = self.units();
        let row = match units.iter().position(|unit| *unit == self.selected) {
            Some(row) => row,
            None => {
                let row = match &self.selected {
                    Unit::App(name) => {
                        let apps = self.apps(&Unit::System);
                        let app = apps.iter().find(|app| app.app == *name);
                        let agent = app.and_then(|app| app.agent.clone()).map(Unit::Agent);
                        units.iter().position(|unit| Some(unit) == agent.as_ref())
                    }
                    Unit::System | Unit::Agent(_) | Unit::External(_) => None,
                };
                row.unwrap_or(0)
            }
        };
        self.selected = units.get(row).cloned().unwrap_or(Unit::System);
        let shown = Layout::of(self).rows;
        let last = units.len().saturating_sub(shown);
        self.top = self.top.min(row).max((row + 1).saturating_sub(shown)).min(last);
    }

    fn fold(&mut self, fold: bool) {
        let agent = match &self.selected {
            Unit::Agent(agent) => Some(agent.clone()),
            Unit::App(_) if fold => {
                self.apps(&self.selected).first().and_then(|app| app.agent.clone())
            }
            Unit::App(_) | Unit::System | Unit::External(_) => None,
        };
        let Some(agent) = agent else { return };
        self.folded.retain(|folded| *folded != agent);
        if fold {
            self.folded.push(agent);
        }
    }

    fn scroll(&mut self, pages: i64) {
        let page = i64::try_from(Layout::of(self).lines).unwrap_or(1).saturating_sub(1).max(1);
        let last = self.end_of_lines().saturating_sub(1);
        let now = self.bottom.unwrap_or(last);
        let to = now.saturating_add_signed(page.saturating_mul(pages)).max(self.first);
        self.bottom = Some(to).filter(|to| *to < last);
    }

    fn write_search(&mut self, key: Key) {
        let Some(search) = &mut self.search else { return };
        let mut text = search.text.clone();
        match key {
            Key::Char(character) => text.push(character),
            Key::Escape => return self.search = None,
            Key::Backspace | Key::Enter if text.is_empty() => return self.search = None,
            Key::Backspace => {
                text.pop();
            }
            Key::Enter => return search.is_open = false,
            _ => return,
        }
        search.write(text);
        search.found = None;
        self.find(1);
    }

    /// Shows the next line that matches: an older one, or with -1 a newer one. After the last comes the first.
    fn find(&mut self, step: isize) {
        let Some(search) = &self.search else {
            "nothing is searched: / begins a search".clone_into(&mut self.note);
            return;
        };
        let Some(pattern) = &search.pattern else { return };
        let numbers = self.matching(pattern);
        let position =
            search.found.and_then(|found| numbers.iter().position(|line| *line == found));
        let next = match position {
            None => 0,
            Some(0) if step < 0 => numbers.len().saturating_sub(1),
            Some(position) => position.saturating_add_signed(step) % numbers.len().max(1),
        };
        let found = numbers.get(next).copied();
        let last = self.end_of_lines().saturating_sub(1);
        // With some lines after it.
        self.bottom = found.map(|found| found + 2).filter(|bottom| *bottom < last);
        if let Some(search) = &mut self.search {
            search.found = found;
        }
    }

    fn ask(&mut self, verb: Verb) -> Vec<Request> {
        let unit = match &self.selected {
            Unit::System => None,
            Unit::Agent(agent) => Some(agent.clone()),
            Unit::App(app) => Some(app.clone()),
            Unit::External(external) => {
                self.note = format!("{}: this system does not start it", Foreign(external));
                return Vec::new();
            }
        };
        let operation = Operation { verb, unit };
        if let Some((running, _)) = &self.operation {
            self.note = String::new();
            let running = running.progress();
            if let Some((_, said)) = &mut self.operation {
                *said = format!("{running} first; Esc interrupts it");
            }
            return Vec::new();
        }
        // Everything at once is not what one key should stop.
        if operation.unit.is_none() && verb != Verb::Start {
            self.asked = Some(operation);
            return Vec::new();
        }
        self.begin(operation)
    }

    fn begin(&mut self, operation: Operation) -> Vec<Request> {
        self.note.clear();
        self.operation = Some((operation.clone(), String::new()));
        vec![Request::Begin(operation)]
    }

    fn end(&mut self, done: Result<String, String>) -> Vec<Request> {
        let ended = self.operation.take();
        let what = ended.map(|(operation, _)| operation.unit.unwrap_or_default());
        let what = what.filter(|unit| !unit.is_empty()).map(|unit| format!("{unit}: "));
        match done {
            Ok(done) => self.note = format!("{}{done}", what.unwrap_or_default()),
            Err(failure) if failure.lines().nth(1).is_none() => self.note = failure,
            Err(failure) => self.failure = Some(failure),
        }
        match self.is_leaving {
            true => vec![Request::Leave],
            false => Vec::new(),
        }
    }

    /// Asks for the logs of what is selected, if it is something else than before.
    fn follow(&mut self) -> Option<Request> {
        let apps = self.apps(&self.selected).into_iter().map(|app| app.app.clone());
        let apps: Vec<String> = apps.collect();
        let (number, followed) = &mut self.followed;
        if apps == *followed {
            return None;
        }
        *number += 1;
        followed.clone_from(&apps);
        let number = *number;
        self.lines.clear();
        (self.first, self.bottom) = (0, None);
        if let Some(search) = &mut self.search {
            search.found = None;
        }
        Some(Request::Follow(number, apps))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::cli::status::tests::status;

    /// A model that knows one unit of each kind.
    pub(in crate::cli::ui) fn model() -> Model {
        let mut model = Model::new("pond".to_owned(), None, "PM2");
        let requests = model.handle(Message::Status(Box::new(status())));
        assert!(matches!(requests.as_slice(), [Request::Follow(1, apps)] if apps.len() == 9));
        model
    }

    /// Lines of an app, as they are read.
    pub(in crate::cli::ui) fn lines(app: &str, texts: &[&str]) -> Vec<Line> {
        let line = |text: &&str| Line {
            app: app.to_owned(),
            stream: if text.starts_with("error") { Stream::Err } else { Stream::Out },
            text: (*text).to_owned(),
            time: None,
            stamp: String::new(),
        };
        texts.iter().map(line).collect()
    }

    fn press(model: &mut Model, keys: &[Key]) -> Vec<Request> {
        keys.iter().flat_map(|key| model.handle(Message::Key(*key))).collect()
    }

    /// Selects a unit of the sample by its row.
    fn select(model: &mut Model, unit: &Unit) {
        for _ in 0..20 {
            press(model, &[Key::Up]);
        }
        while model.selected != *unit {
            press(model, &[Key::Down]);
        }
    }

    fn app(name: &str) -> Unit {
        Unit::App(name.to_owned())
    }

    #[test]
    fn agents_have_their_services_below_them_and_fold() {
        let mut model = model();
        let agent = Unit::Agent("duck".to_owned());
        let first =
            [Unit::System, agent.clone(), app("duck_cephalon"), app("duck_voice"), app("tts")];
        assert_eq!(model.units()[..5], first);
        assert_eq!(model.units().last(), Some(&Unit::External("ollama".to_owned())));
        // From a service, folding selects its agent.
        select(&mut model, &app("duck_voice"));
        press(&mut model, &[Key::Left]);
        assert_eq!(model.selected, agent);
        assert_eq!(model.units()[..3], [Unit::System, agent.clone(), app("tts")]);
        press(&mut model, &[Key::Enter]);
        assert_eq!(model.units()[..5], first);
        press(&mut model, &[Key::Enter]);
        assert_eq!(model.units()[2], app("tts"));
        press(&mut model, &[Key::Right]);
        assert_eq!(model.units()[..5], first);
    }

    #[test]
    fn the_selection_has_a_row_that_is_shown_whatever_comes_and_goes() {
        let mut model = model();
        model.handle(Message::Size(80, 12));
        for _ in 0..30 {
            press(&mut model, &[Key::Down]);
            let row = model.units().iter().position(|unit| *unit == model.selected).unwrap();
            let shown = model.top..model.top + Layout::of(&model).rows;
            assert!(shown.contains(&row), "{row} of {shown:?}");
        }
        assert_eq!(model.selected, Unit::External("ollama".to_owned()));
        model.handle(Message::Status(Box::default()));
        assert_eq!((model.selected.clone(), model.top), (Unit::System, 0));
    }

    #[test]
    fn keys_ask_for_what_they_say() {
        let begun = |unit: Unit, key: char| {
            let mut model = model();
            select(&mut model, &unit);
            press(&mut model, &[Key::Char(key)])
        };
        let request = |verb, unit: &str| {
            vec![Request::Begin(Operation { verb, unit: Some(unit.to_owned()) })]
        };
        assert_eq!(begun(app("tts"), 's'), request(Verb::Start, "tts"));
        assert_eq!(begun(app("duck_voice"), 'x'), request(Verb::Stop, "duck_voice"));
        assert_eq!(begun(app("tts"), 'X'), request(Verb::StopAnyway, "tts"));
        assert_eq!(begun(Unit::Agent("duck".to_owned()), 'r'), request(Verb::Restart, "duck"));
        assert_eq!(begun(Unit::External("ollama".to_owned()), 's'), []);
        assert_eq!(
            begun(Unit::System, 's'),
            [Request::Begin(Operation { verb: Verb::Start, unit: None })]
        );
    }

    #[test]
    fn everything_is_stopped_only_after_a_yes() {
        let mut model = model();
        assert_eq!(press(&mut model, &[Key::Char('x')]), []);
        assert_eq!(model.told(), "Stop all 9 services? y: yes, any other key: no");
        assert_eq!(press(&mut model, &[Key::Enter]), []);
        assert_eq!(model.told(), "");
        let stop = Operation { verb: Verb::Stop, unit: None };
        assert_eq!(press(&mut model, &[Key::Char('x'), Key::Char('y')]), [Request::Begin(stop)]);
        assert_eq!(model.told(), "stopping everything");
    }

    #[test]
    fn one_operation_at_a_time_and_its_course_and_end_are_told() {
        let mut model = model();
        select(&mut model, &app("tts"));
        press(&mut model, &[Key::Char('r')]);
        assert_eq!(model.told(), "restarting tts");
        model.handle(Message::Event(Event::Started {
            app: "tts".to_owned(),
            pid: 7,
            pids: vec![7],
            machine: None,
        }));
        assert_eq!(model.told(), "restarting tts: tts: started, process 7");
        assert_eq!(press(&mut model, &[Key::Char('x')]), []);
        assert_eq!(model.told(), "restarting tts: restarting tts first; Esc interrupts it");
        assert_eq!(press(&mut model, &[Key::Escape]), [Request::Interrupt]);
        model.handle(Message::Done(Ok("restarted 1".to_owned())));
        assert_eq!(model.told(), "tts: restarted 1");
        // A failure of several lines is read first; any key goes on.
        press(&mut model, &[Key::Char('s')]);
        model.handle(Message::Done(Err("two\nlines".to_owned())));
        assert_eq!(model.failure.as_deref(), Some("two\nlines"));
        assert_eq!(press(&mut model, &[Key::Char('s')]), []);
        assert_eq!(model.failure, None);
    }

    #[test]
    fn leaving_waits_for_an_operation_unless_it_is_asked_for_twice() {
        assert_eq!(press(&mut model(), &[Key::Char('q')]), [Request::Leave]);
        assert_eq!(press(&mut model(), &[Key::Interrupt]), [Request::Leave]);
        let mut model = model();
        press(&mut model, &[Key::Char('s')]);
        assert_eq!(press(&mut model, &[Key::Char('q')]), [Request::Interrupt]);
        assert_eq!(press(&mut model, &[Key::Char('q')]), [Request::LeaveNow]);
        assert_eq!(model.handle(Message::Done(Ok(String::new()))), [Request::Leave]);
    }

    #[test]
    fn the_logs_are_those_of_what_is_selected() {
        let mut model = model();
        let requests = press(&mut model, &[Key::Down]);
        let duck = vec!["duck_cephalon".to_owned(), "duck_voice".to_owned()];
        assert_eq!(requests, [Request::Follow(2, duck)]);
        model.handle(Message::Lines(1, lines("tts", &["of before"])));
        assert!(model.lines.is_empty());
        model.handle(Message::Lines(2, lines("duck_voice", &["a\tb\u{1b}[31mc"])));
        assert_eq!(model.lines[0].text, "a    bc");
        // The same again is not asked for.
        assert_eq!(model.handle(Message::Status(Box::new(status()))), []);
    }

    #[test]
    fn what_is_read_stays_where_it_is_while_lines_come() {
        let mut model = model();
        let many: Vec<String> = (0..100).map(|number| format!("line {number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        model.handle(Message::Lines(1, lines("tts", &many)));
        press(&mut model, &[Key::PageUp]);
        let read = model.bottom.unwrap();
        model.handle(Message::Lines(1, lines("tts", &many)));
        assert_eq!(model.bottom, Some(read));
        press(&mut model, &[Key::Home]);
        for _ in 0..60 {
            model.handle(Message::Lines(1, lines("tts", &many)));
        }
        assert_eq!(model.lines.len(), KEPT);
        assert_eq!(model.bottom, Some(model.first), "what is shown is what is kept");
        press(&mut model, &[Key::End]);
        assert_eq!(model.bottom, None);
    }

    #[test]
    fn a_search_goes_from_the_newest_match_back_and_around() {
        let mut model = model();
        let texts = ["Error one", "fine", "error two", "fine", "fine", "fine", "fine"];
        model.handle(Message::Lines(1, lines("tts", &texts)));
        let typed = |text: &str| text.chars().map(Key::Char).collect::<Vec<Key>>();
        press(&mut model, &[&[Key::Char('/')], typed("error").as_slice()].concat());
        assert_eq!(model.told(), "/error");
        assert_eq!(model.matches(), Some((1, 2)));
        press(&mut model, &[Key::Enter]);
        let found = |model: &Model| model.search.as_ref().and_then(|search| search.found);
        assert_eq!((found(&model), model.bottom), (Some(2), Some(4)));
        press(&mut model, &[Key::Char('n')]);
        assert_eq!(found(&model), Some(0));
        press(&mut model, &[Key::Char('n')]);
        assert_eq!(found(&model), Some(2));
        press(&mut model, &[Key::Char('N')]);
        assert_eq!(found(&model), Some(0));
        // Capitals count where there are any; keys that mean something else are text.
        press(&mut model, &[&[Key::Char('/')], typed("Error q").as_slice()].concat());
        assert_eq!(model.matches(), Some((0, 0)));
        press(&mut model, &[Key::Backspace, Key::Backspace]);
        assert_eq!(model.matches(), Some((1, 1)));
        // What is no regular expression is text.
        press(&mut model, &[Key::Escape, Key::Char('/'), Key::Char('(')]);
        assert_eq!(model.matches(), Some((0, 0)));
        press(&mut model, &[Key::Escape, Key::Char('n')]);
        assert_eq!(model.told(), "nothing is searched: / begins a search");
    }
}
