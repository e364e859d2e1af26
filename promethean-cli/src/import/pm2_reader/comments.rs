//! The comments of a configuration, and the app or attribute that each is about.
//!
//! 1. `tokens` takes JavaScript or JSON apart as far as comments, texts, words and brackets;
//! 2. `Reading` follows the objects and keys in them, and gives each comment to one; an object without a
//!    name belongs to the first app that has all of it;
//! 3. `yaml` does the same by indentation.

use std::collections::{BTreeMap, BTreeSet};

use super::entry::name_of_script;
use crate::import::secret::hide;

/// A line of comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::import) struct Remark {
    pub(in crate::import) on: On,
    pub(in crate::import) text: String,
}

/// What a comment is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::import) enum On {
    /// The file as a whole, or something in it that is no app.
    File,
    /// An app, by its name, or a key of it: `kill_timeout`, `env.PORT`.
    App {
        /// Its name in PM2.
        name: String,
        /// The key.
        key: Option<String>,
    },
}

/// An app that comments may be about.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// Its name in PM2.
    pub(super) name: String,
    /// The keys of its entry, each with its text in the source: `kill_timeout`, `env`, `env.PORT`.
    pub(super) values: BTreeMap<String, String>,
}

/// Reads the comments of JavaScript and JSON.
pub(super) fn of_program(text: &str, apps: &[Known]) -> Vec<Remark> {
    let mut reading = Reading { apps, ..Reading::default() };
    let tokens = tokens(text);
    for (index, token) in tokens.iter().enumerate() {
        let is_code = |token: &&Token| !matches!(token.kind, Kind::Comment(_));
        let next = tokens.get(index + 1..).unwrap_or_default().iter().find(is_code);
        let before = tokens.get(..index).unwrap_or_default().iter().rfind(is_code);
        reading.is_value = before.is_some_and(|token| token.kind == Kind::Colon);
        reading.is_spread = before.is_some_and(|token| token.kind == Kind::Other);
        reading.token(token, next.map(|token| &token.kind));
    }
    let rest = std::mem::take(&mut reading.pending);
    reading.file(rest);
    reading.remarks()
}

/// A piece of a program.
#[derive(Debug)]
struct Token {
    kind: Kind,
    /// Where it begins and where it ends.
    lines: (usize, usize),
    /// Whether it is the first on its line.
    is_first: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Open(char),
    Close,
    Comma,
    Colon,
    Text(String),
    Word(String),
    Other,
    Comment(Vec<String>),
}

/// Takes a program apart.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut rest = text;
    let (mut line, mut last_line) = (0, usize::MAX);
    while let Some(first) = rest.chars().next() {
        let (kind, length) = token(rest, first, tokens.last().map(|token| &token.kind));
        let (own, after) = rest.split_at(length.min(rest.len()));
        let end = line + own.matches('\n').count();
        if let Some(kind) = kind {
            tokens.push(Token { kind, lines: (line, end), is_first: last_line != line });
            last_line = end;
        }
        line = end;
        rest = after;
    }
    tokens
}

/// The next token, if it is one, and its length.
fn token(rest: &str, first: char, before: Option<&Kind>) -> (Option<Kind>, usize) {
    let after_value = matches!(before, Some(Kind::Word(_) | Kind::Text(_) | Kind::Close));
    match first {
        '/' if rest.starts_with("//") => {
            let length = rest.find('\n').unwrap_or(rest.len());
            (Some(Kind::Comment(clean(rest.get(2..length).unwrap_or_default()))), length)
        }
        '/' if rest.starts_with("/*") => {
            let end = rest.find("*/").unwrap_or(rest.len());
            let inside = rest.get(2..end).unwrap_or_default();
            (Some(Kind::Comment(clean(inside))), (end + 2).min(rest.len()))
        }
        // A regular expression.
        '/' if !after_value => (Some(Kind::Other), 1 + closing(rest, '/')),
        '"' | '\'' | '`' => {
            let length = closing(rest, first);
            let inside = rest.get(1..length).unwrap_or_default();
            (Some(Kind::Text(inside.to_owned())), length + 1)
        }
        '{' | '[' | '(' => (Some(Kind::Open(first)), 1),
        '}' | ']' | ')' => (Some(Kind::Close), 1),
        ',' => (Some(Kind::Comma), 1),
        ':' => (Some(Kind::Colon), 1),
        _ if first.is_whitespace() => (None, first.len_utf8()),
        _ if is_of_word(first) => {
            let length = rest.find(|letter| !is_of_word(letter)).unwrap_or(rest.len());
            (Some(Kind::Word(rest.get(..length).unwrap_or_default().to_owned())), length)
        }
        _ => (Some(Kind::Other), first.len_utf8()),
    }
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '$')
}

/// Where a text or a regular expression ends that begins here.
fn closing(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (position, letter) in rest.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if letter == quote => return position,
            // No text but one in backticks has a line end in it.
            '\n' if quote != '`' => return position.saturating_sub(1),
            _ => {}
        }
    }
    rest.len()
}

/// The lines of a comment without what frames them, and without secrets.
fn clean(comment: &str) -> Vec<String> {
    const FOR_TOOLS: [&str; 8] = [
        "eslint",
        "@ts-",
        "@type",
        "prettier-ignore",
        "jshint",
        "global ",
        "istanbul",
        "biome-ignore",
    ];
    let frame = |letter: char| letter.is_whitespace() || letter == '*';
    comment
        .lines()
        .map(|line| line.trim_start_matches(frame).trim_end_matches(frame))
        .filter(|line| line.chars().any(char::is_alphanumeric))
        .filter(|line| !FOR_TOOLS.iter().any(|tool| line.starts_with(tool)))
        .map(hide)
        .collect()
}

/// An object of the program, or a block of code.
#[derive(Debug, Default)]
struct Object {
    /// Its keys, each with the text or the number that is its whole value.
    values: Vec<(String, Option<String>)>,
    /// The object and the key that it is the value of.
    parent: Option<(usize, String)>,
}

impl Object {
    fn text(&self, key: &str) -> Option<&String> {
        self.values.iter().find(|(known, _)| known == key)?.1.as_ref()
    }
}

/// A bracket that is open.
#[derive(Debug)]
struct Frame {
    bracket: char,
    object: usize,
    /// The key whose value is read.
    key: Option<String>,
    expects_key: bool,
    /// The app that a call makes.
    app: Option<String>,
}

/// A program while it is followed.
#[derive(Debug, Default)]
struct Reading<'a> {
    apps: &'a [Known],
    objects: Vec<Object>,
    frames: Vec<Frame>,
    /// Comments on lines of their own that nothing has followed yet.
    pending: Vec<String>,
    /// What a comment later on this line is about.
    last: Option<(Place, usize)>,
    found: Vec<Found>,
    /// Whether a colon is before what is read, or dots.
    is_value: bool,
    is_spread: bool,
}

/// A comment and what it is about.
#[derive(Debug)]
struct Found {
    place: Place,
    text: String,
}

#[derive(Clone, Debug)]
enum Place {
    File,
    App(String),
    Object(usize, Option<String>),
}

impl Reading<'_> {
    fn add(&mut self, place: &Place, lines: Vec<String>) {
        self.found.extend(lines.into_iter().map(|text| Found { place: place.clone(), text }));
    }

    fn file(&mut self, lines: Vec<String>) {
        self.add(&Place::File, lines);
    }

    fn token(&mut self, token: &Token, next: Option<&Kind>) {
        match &token.kind {
            Kind::Comment(lines) => self.comment(token, lines),
            Kind::Open(bracket) => self.open(*bracket, token.lines.1),
            Kind::Close => self.close(token.lines.1),
            Kind::Comma => self.comma(),
            Kind::Colon => {}
            Kind::Text(text) | Kind::Word(text) => self.word(token, text, next),
            Kind::Other => self.touch(token.lines.1),
        }
    }

    fn comment(&mut self, token: &Token, lines: &[String]) {
        let last = self.last.clone().filter(|(_, line)| *line == token.lines.0);
        match last {
            Some((place, _)) if !token.is_first => self.add(&place, lines.to_vec()),
            _ => self.pending.extend(lines.iter().cloned()),
        }
    }

    fn open(&mut self, bracket: char, line: usize) {
        let parent = self.frames.last().and_then(|frame| {
            let key = frame.key.clone().filter(|_| frame.bracket == '{')?;
            Some((frame.object, key))
        });
        let around = self.frames.last().map(|frame| frame.object);
        let mut object = around.unwrap_or(usize::MAX);
        if bracket == '{' {
            object = self.objects.len();
            self.objects.push(Object { parent, ..Object::default() });
            let pending = std::mem::take(&mut self.pending);
            self.add(&Place::Object(object, None), pending);
        }
        let key = None;
        self.touch(line);
        self.frames.push(Frame { bracket, object, key, expects_key: bracket == '{', app: None });
    }

    fn close(&mut self, line: usize) {
        let Some(frame) = self.frames.pop() else { return };
        let pending = std::mem::take(&mut self.pending);
        let place = match frame.bracket {
            '{' => Place::Object(frame.object, None),
            _ => Place::File,
        };
        self.add(&place, pending);
        self.touch(line);
        let around =
            self.frames.last().is_some_and(|around| around.bracket == '{' && around.key.is_some());
        match frame.app {
            Some(name) => self.last = Some((Place::App(name), line)),
            None if frame.bracket == '{' && !around => {
                self.last = Some((Place::Object(frame.object, None), line));
            }
            None => {}
        }
    }

    fn comma(&mut self) {
        let Some(frame) = self.frames.last_mut() else { return };
        frame.key = None;
        frame.expects_key = frame.bracket == '{';
    }

    fn word(&mut self, token: &Token, text: &str, next: Option<&Kind>) {
        let line = token.lines.1;
        let Some(frame) = self.frames.last_mut() else {
            // What a module exports may be an app.
            if !matches!(text, "export" | "default" | "module" | "exports") {
                let pending = std::mem::take(&mut self.pending);
                self.file(pending);
            }
            return;
        };
        let is_key = frame.expects_key
            && !self.is_spread
            && matches!(next, Some(Kind::Colon | Kind::Comma | Kind::Close | Kind::Open('(')));
        if is_key {
            let (object, key) = (frame.object, Some(text.to_owned()));
            frame.key.clone_from(&key);
            frame.expects_key = false;
            let pending = std::mem::take(&mut self.pending);
            self.add(&Place::Object(object, key.clone()), pending);
            if let Some(object) = self.objects.get_mut(object) {
                object.values.push((text.to_owned(), None));
            }
            self.last = Some((Place::Object(object, key), line));
            return;
        }
        let (bracket, object, key) = (frame.bracket, frame.object, frame.key.clone());
        frame.expects_key = false;
        let is_whole = self.is_value
            && matches!(next, Some(Kind::Comma | Kind::Close))
            && !text.contains("${");
        if let ('{', Some(key), true) = (bracket, &key, is_whole)
            && let Some(object) = self.objects.get_mut(object)
            && let Some((_, value)) = object.values.iter_mut().rfind(|(known, _)| known == key)
            && (matches!(token.kind, Kind::Text(_))
                || text.bytes().all(|byte| byte.is_ascii_digit()))
        {
            *value = Some(text.to_owned());
        }
        // A call that makes an app: `app("web", 3000)`.
        let made = matches!(token.kind, Kind::Text(_)).then(|| self.made(text, bracket)).flatten();
        if let Some(name) = made {
            let pending = std::mem::take(&mut self.pending);
            self.add(&Place::App(name.clone()), pending);
            let call = self.frames.last_mut().filter(|frame| frame.bracket == '(');
            if let Some(frame) = call {
                frame.app.get_or_insert(name);
            }
        } else if bracket == '{' && key.is_none() {
            // Code.
            let pending = std::mem::take(&mut self.pending);
            self.file(pending);
        }
        self.touch(line);
    }

    /// Something of the value of a key is on this line.
    fn touch(&mut self, line: usize) {
        self.last = match self.frames.last() {
            Some(frame) if frame.key.is_some() => {
                Some((Place::Object(frame.object, frame.key.clone()), line))
            }
            _ => None,
        };
    }

    /// The app that a text outside of objects names: by its name, or in a call by a word of it that no
    /// other has.
    fn made(&self, text: &str, bracket: char) -> Option<String> {
        let names = || self.apps.iter().map(|app| app.name.as_str());
        let whole = names().find(|name| bracket != '{' && *name == text);
        let mut with_word = names().filter(|name| {
            bracket == '(' && name.split(['-', '_', ':', '.']).any(|word| word == text)
        });
        let by_word = with_word.next().filter(|_| with_word.next().is_none());
        whole.or(by_word).map(str::to_owned)
    }

    /// All comments, with what they stand on.
    fn remarks(&self) -> Vec<Remark> {
        let mut remarks = Vec::new();
        for found in &self.found {
            let on = match &found.place {
                Place::File => On::File,
                Place::App(name) => On::App { name: name.clone(), key: None },
                Place::Object(object, key) => self.on(*object, key.clone()),
            };
            remarks.push(Remark { on, text: found.text.clone() });
        }
        remarks
    }

    /// The app that an object is or is in, with the way to the key.
    fn on(&self, mut object: usize, mut key: Option<String>) -> On {
        let mut seen = BTreeSet::new();
        let last = key.clone();
        let value = self.objects.get(object).and_then(|object| object.text(last.as_deref()?));
        while let Some(found) = self.objects.get(object).filter(|_| seen.insert(object)) {
            if let Some(name) = self.name(found) {
                return On::App { name, key };
            }
            let Some((parent, of_parent)) = &found.parent else {
                let way = key.as_deref().and_then(|key| self.by_shape(found, key, value));
                return way.map_or(On::File, |(name, key)| On::App { name, key: Some(key) });
            };
            key = Some(match key {
                Some(key) => format!("{of_parent}.{key}"),
                None => of_parent.clone(),
            });
            object = *parent;
        }
        On::File
    }

    /// The app that an object is.
    fn name(&self, object: &Object) -> Option<String> {
        let known = |name: &String| self.apps.iter().any(|app| app.name == *name);
        if let Some(name) = object.text("name") {
            return Some(name.clone()).filter(known);
        }
        let script = object.text("script")?;
        match self.apps {
            [only] => Some(only.name.clone()),
            [] | [_, _, ..] => Some(name_of_script(script).to_owned()).filter(known),
        }
    }

    /// The first app that has all of an object that has no name: one that apps are made of, or an
    /// environment that they share. With it the way to the key in the app.
    fn by_shape(
        &self,
        object: &Object,
        key: &str,
        value: Option<&String>,
    ) -> Option<(String, String)> {
        let mut ways = self.apps.iter().flat_map(|app| {
            let blocks = app.values.keys().filter(|key| *key == "env" || key.starts_with("env_"));
            let blocks = blocks.filter(|key| !key.contains('.')).map(|block| format!("{block}."));
            std::iter::once(String::new()).chain(blocks).map(move |block| (app, block))
        });
        let (app, block) = ways.find(|(app, block)| {
            let has = |key: &String| app.values.contains_key(&format!("{block}{key}"));
            let own = app.values.get(&format!("{block}{key}"));
            let same = own.is_some_and(|own| value.is_none_or(|value| value == own));
            // An environment may be changed where it is used.
            let is_app = |(key, value): &(String, Option<String>)| {
                let known = app.values.get(key);
                !block.is_empty() || value.as_ref().is_none_or(|value| known == Some(value))
            };
            same && object.values.iter().all(|entry| has(&entry.0) && is_app(entry))
        })?;
        Some((app.name.clone(), format!("{block}{key}")))
    }
}

/// Reads the comments of YAML.
pub(super) fn of_yaml(text: &str, names: &[String]) -> Vec<Remark> {
    let lines: Vec<Line<'_>> = text.lines().map(Line::of).collect();
    let mut remarks = Vec::new();
    let mut pending: Vec<String> = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some(own) = &line.key else {
            pending.extend(line.comment.map(clean).unwrap_or_default());
            continue;
        };
        let on = on_line(&lines, index, own, names);
        let mut add = |text: String| remarks.push(Remark { on: on.clone(), text });
        pending.drain(..).for_each(&mut add);
        line.comment.map(clean).unwrap_or_default().into_iter().for_each(&mut add);
    }
    remarks.extend(pending.into_iter().map(|text| Remark { on: On::File, text }));
    remarks
}

/// Reads the comments of YAML whose apps are the keys of a section: `services`, `processes`.
pub(in crate::import) fn of_section(text: &str, section: &str, names: &[String]) -> Vec<Remark> {
    let lines: Vec<Line<'_>> = text.lines().map(Line::of).collect();
    let mut remarks = Vec::new();
    let mut pending: Vec<String> = Vec::new();
    // The keys around a line, each with its depth.
    let mut around: Vec<(usize, &str)> = Vec::new();
    for line in &lines {
        let Some(own) = line.key else {
            pending.extend(line.comment.map(clean).unwrap_or_default());
            continue;
        };
        around.retain(|(depth, _)| *depth < line.depth);
        around.push((line.depth, own));
        let path: Vec<&str> = around.iter().map(|(_, key)| *key).collect();
        let on = match path.as_slice() {
            [first, name, rest @ ..]
                if *first == section && names.iter().any(|known| known == name) =>
            {
                let key = rest.join(".").replacen("environment.", "env.", 1);
                On::App { name: (*name).to_owned(), key: Some(key).filter(|key| !key.is_empty()) }
            }
            _ => On::File,
        };
        let mut add = |text: String| remarks.push(Remark { on: on.clone(), text });
        pending.drain(..).for_each(&mut add);
        line.comment.map(clean).unwrap_or_default().into_iter().for_each(&mut add);
    }
    remarks.extend(pending.into_iter().map(|text| Remark { on: On::File, text }));
    remarks
}

/// A line of YAML.
#[derive(Debug)]
struct Line<'a> {
    /// How deep the key is.
    depth: usize,
    /// How deep the dash before it is.
    item: Option<usize>,
    key: Option<&'a str>,
    value: &'a str,
    comment: Option<&'a str>,
}

impl Line<'_> {
    fn of(line: &str) -> Line<'_> {
        let (content, comment) = split_comment(line);
        let bare = content.trim_start();
        let depth = content.len() - bare.len();
        let (item, depth, bare) = match bare.strip_prefix("- ") {
            Some(rest) => (Some(depth), depth + 2, rest.trim_start()),
            None => (None, depth, bare),
        };
        let (key, value) = match bare.split_once(':') {
            Some((key, value)) => (Some(key.trim()), value.trim()),
            None if bare.trim().is_empty() => (None, ""),
            None => (Some(""), bare.trim()),
        };
        Line { depth, item, key, value, comment }
    }
}

/// A `#` begins a comment at the beginning or behind a space, outside of quotes.
fn split_comment(line: &str) -> (&str, Option<&str>) {
    let (mut quote, mut before) = (None, ' ');
    for (position, letter) in line.char_indices() {
        match (quote, letter) {
            (None, '#') if before.is_whitespace() => {
                let (content, comment) = line.split_at(position);
                return (content, comment.get(1..));
            }
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            _ => {}
        }
        before = letter;
    }
    (line, None)
}

/// What a line of YAML is about.
fn on_line(lines: &[Line<'_>], index: usize, key: &str, names: &[String]) -> On {
    let Some(line) = lines.get(index) else { return On::File };
    let mut path = vec![key];
    let mut depth = line.depth;
    let mut item = line.item;
    for above in lines.get(..index).unwrap_or_default().iter().rev() {
        if item.is_some() {
            break;
        }
        let Some(key) = above
            .key
            .filter(|_| above.depth < depth || above.item.is_some() && above.depth <= depth)
        else {
            continue;
        };
        if above.depth < depth {
            depth = above.depth;
            path.insert(0, key);
        }
        item = above.item;
    }
    // The name stands somewhere in the same item.
    let Some(dash) = item else { return On::File };
    let start = lines
        .get(..=index)
        .and_then(|lines| lines.iter().rposition(|line| line.item == Some(dash)))
        .unwrap_or(index);
    let rest = lines.get(start + 1..).unwrap_or_default().iter();
    let rest =
        rest.take_while(|line| line.key.is_none() || line.item.is_none() && line.depth > dash);
    let mut own = lines.get(start).into_iter().chain(rest);
    let name = own.find(|line| line.key == Some("name") && line.depth == dash + 2);
    let name = name.map(|line| line.value.trim_matches(['"', '\'']).to_owned());
    let Some(name) = name.filter(|name| names.contains(name)) else { return On::File };
    let is_item = line.item == Some(dash);
    let key = path.join(".");
    On::App { name, key: Some(key).filter(|key| !key.is_empty() && !is_item) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(names: &[&str]) -> Vec<Known> {
        let known = |name: &&str| Known { name: (*name).to_owned(), ..Known::default() };
        names.iter().map(known).collect()
    }

    fn told(remarks: &[Remark]) -> Vec<(String, &str)> {
        remarks
            .iter()
            .map(|remark| match &remark.on {
                On::File => ("file".to_owned(), remark.text.as_str()),
                On::App { name, key: None } => (name.clone(), remark.text.as_str()),
                On::App { name, key: Some(key) } => (format!("{name} {key}"), remark.text.as_str()),
            })
            .collect()
    }

    #[test]
    fn comments_of_a_program_stand_on_apps_and_keys() {
        let text = r#"
            // The whole system.
            const x = "http://no/comment"; // inline code
            module.exports = { apps: [
              // Over the tunnel only.
              { name: "a", kill_timeout: 3e4 /* drains the queue */, args: ["--x"], // its args
                env: {
                  // deliberately not proxied
                  PORT: 1, HOST: "h", // the host
                } },
              /* the second
               * of two */
              { script: "./b.js" }, // after it
              // { name: "gone" },
            ] };
        "#;
        let remarks = of_program(text, &known(&["a", "b"]));
        assert_eq!(
            told(&remarks),
            [
                ("file".to_owned(), "The whole system."),
                ("file".to_owned(), "inline code"),
                ("a".to_owned(), "Over the tunnel only."),
                ("a kill_timeout".to_owned(), "drains the queue"),
                ("a args".to_owned(), "its args"),
                ("a env.PORT".to_owned(), "deliberately not proxied"),
                ("a env.HOST".to_owned(), "the host"),
                ("b".to_owned(), "the second"),
                ("b".to_owned(), "of two"),
                ("b".to_owned(), "after it"),
                ("file".to_owned(), "{ name: \"gone\" },"),
            ]
        );
    }

    #[test]
    fn a_call_that_makes_an_app_has_its_comments() {
        let text = "const app = (name) => ({ name });\nmodule.exports = { apps: [\n  // first\n  app('a'),\n  // second\n  app('b', 2),\n] };";
        let remarks = of_program(text, &known(&["a", "b"]));
        assert_eq!(told(&remarks), [("a".to_owned(), "first"), ("b".to_owned(), "second")]);
    }

    #[test]
    fn a_call_may_have_a_part_of_the_name() {
        let text = "const app = (name) => ({ name: `tool-${name}` });\nmodule.exports = [\n  app('a'), // first\n  // second\n  app('b', 2),\n  app('tool'), // neither\n];";
        let remarks = of_program(text, &known(&["tool-a", "tool-b"]));
        let all = [("tool-a", "first"), ("tool-b", "second"), ("file", "neither")];
        assert_eq!(told(&remarks), all.map(|(on, text)| (on.to_owned(), text)));
    }

    #[test]
    fn what_apps_are_made_of_has_its_comments() {
        let text = "const shared = {\n  // where the models are\n  MODELS: 'm',\n  // of nobody\n  MODE: 'other',\n};\nconst app = (name) => ({\n  ...other,\n  name: `tool-${name}`,\n  script: 'a.js', // of all\n  kill_timeout: 30 * 1000,\n  env: { ...shared, PORT: 1 /* fixed */ },\n});";
        let values = [
            ("name", "tool-a"),
            ("script", "a.js"),
            ("kill_timeout", "30000"),
            ("env", ""),
            ("env.MODELS", "m"),
            ("env.MODE", "x"),
            ("env.PORT", "2"),
        ];
        let values = values.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        let other = Known {
            name: "b".to_owned(),
            values: [("script", "b.js")]
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .into(),
        };
        let apps = [other, Known { name: "tool-a".to_owned(), values }];
        assert_eq!(
            told(&of_program(text, &apps)),
            [
                ("tool-a env.MODELS".to_owned(), "where the models are"),
                ("file".to_owned(), "of nobody"),
                ("tool-a script".to_owned(), "of all"),
                ("file".to_owned(), "fixed"),
            ]
        );
    }

    #[test]
    fn a_module_may_be_an_app() {
        let text = "// all\nconst x = 1;\n// the one\nexport default { name: 'a' };";
        let remarks = of_program(text, &known(&["a"]));
        assert_eq!(told(&remarks), [("file".to_owned(), "all"), ("a".to_owned(), "the one")]);
    }

    #[test]
    fn comments_of_yaml_stand_on_apps_and_keys() {
        let text = "# all of it\napps:\n  # the first\n  - name: a\n    script: a.js # its script\n    env:\n      # not proxied\n      PORT: 1\n  - script: b.js\n    # how\n    name: b\n";
        let names = ["a".to_owned(), "b".to_owned()];
        let remarks = of_yaml(text, &names);
        assert_eq!(
            told(&remarks),
            [
                ("file".to_owned(), "all of it"),
                ("a".to_owned(), "the first"),
                ("a script".to_owned(), "its script"),
                ("a env.PORT".to_owned(), "not proxied"),
                ("b name".to_owned(), "how"),
            ]
        );
    }

    #[test]
    fn comments_of_a_section_stand_on_its_keys() {
        let text = "# all\nservices:\n  # the site\n  web:\n    environment:\n      PORT: 1 # fixed\n    # how\n    command: x\n  db:\n    image: y # not here\n";
        let remarks = of_section(text, "services", &["web".to_owned()]);
        assert_eq!(
            told(&remarks),
            [
                ("file".to_owned(), "all"),
                ("web".to_owned(), "the site"),
                ("web env.PORT".to_owned(), "fixed"),
                ("web command".to_owned(), "how"),
                ("file".to_owned(), "not here"),
            ]
        );
    }

    #[test]
    fn secrets_of_a_comment_are_not_copied() {
        let text = "module.exports = { name: 'a', script: 'a.js', // TOKEN: \"hunter2\", use ghp_16C7e42F292c6912E7710c838347Ae178B4a\n};";
        let remarks = of_program(text, &known(&["a"]));
        assert_eq!(remarks.len(), 1);
        assert!(
            !remarks[0].text.contains("hunter2") && !remarks[0].text.contains("ghp_1"),
            "{remarks:?}"
        );
    }
}
