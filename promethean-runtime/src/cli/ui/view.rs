//! How the live view looks: a model in, a screen out.
//!
//! Colours are those of the terminal's own palette, on its own background, so that light and dark are both
//! readable; whatever a colour says is also said in words or by a sign. Nothing stands beside the lines of
//! logs, so that they can be copied.

use anstyle::{AnsiColor, Color as Painted, Effects, Style as Paint};
use promethean_core::foreign::Foreign;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::super::status::{self, Docs};
use super::super::table::{self, Cell, Piece, Row, cut};
use super::layout::Layout;
use super::model::{Model, Said, Search, Unit};
use crate::logs;
use crate::operations::{ExternalStatus, Status};

/// How a screen is drawn.
#[derive(Clone, Debug, Default)]
pub(super) struct View {
    /// The doc comments of agents.
    pub(super) docs: Docs,
    /// Whether there are colours.
    pub(super) colours: bool,
}

const KEYS: &str = "s start  x stop  r restart  ←→ fold  / search  Tab logs  ? help  q quit";

const HELP: [&str; 14] = [
    "↑ ↓, j k        select a unit; its logs are below",
    "← →, Enter      fold and unfold an agent",
    "s               start it, and what it depends on",
    "x               stop it, and what only it depends on",
    "X               stop it even if others need it",
    "r               restart it with the current definition",
    "Esc             interrupt what is being done; end a search",
    "PgUp PgDn       scroll the logs; Home, End: oldest, newest",
    "/               search them: text or a regular expression",
    "n N             the next match: an older one, a newer one",
    "Tab             the logs on the whole screen, and back",
    "q, Ctrl-C       quit; what runs keeps running",
    "",
    "The mouse is free: select text to copy it.",
];

impl View {
    pub(super) fn draw(&self, model: &Model, frame: &mut Frame<'_>) {
        let area = frame.area();
        let mut pen = Pen { buffer: frame.buffer_mut(), area, line: 0 };
        let layout = Layout::of(model);
        if model.is_wide {
            pen.write(&self.rule(model, area.width));
        } else {
            pen.write(&head(model, area.width));
            self.table(model, layout, &mut pen);
            pen.write(&self.rule(model, area.width));
        }
        self.below(model, layout, &mut pen);
        pen.line = area.height.saturating_sub(2);
        pen.write(&told(model, area.width));
        pen.write(&self.keys(area.width));
    }

    fn dim(&self) -> Style {
        // Where there are no colours, dim text may not be visible.
        if self.colours { Style::new().add_modifier(Modifier::DIM) } else { Style::new() }
    }

    fn keys(&self, width: u16) -> Line<'static> {
        Line::styled(cut(KEYS, width.into()).into_owned(), self.dim())
    }

    fn table(&self, model: &Model, layout: Layout, pen: &mut Pen<'_>) {
        let units = model.units();
        let rows: Vec<Row<8>> = units.iter().map(|unit| self.row(model, unit)).collect();
        let empty = Status::default();
        let mut columns = status::columns(model.status.as_ref().unwrap_or(&empty));
        // In the line of the head, above the names.
        if let Some(first) = columns.first_mut() {
            first.title = "  unit";
        }
        let width = usize::from(pen.area.width);
        let lines = table::with_pieces(columns, &rows, Some(width), |pieces| self.line(pieces));
        let mut lines = lines.into_iter();
        if let Some(head) = lines.next() {
            pen.write(&head.style(self.dim()));
        }
        let shown = units.iter().zip(lines).skip(model.top).take(layout.rows);
        for (unit, line) in shown {
            let is_selected = *unit == model.selected;
            let row = pen.row();
            pen.write(&line);
            if is_selected {
                pen.buffer.set_style(row, Style::new().add_modifier(Modifier::REVERSED));
            }
        }
    }

    fn row(&self, model: &Model, unit: &Unit) -> Row<8> {
        let mark = if *unit == model.selected { "> " } else { "  " };
        let mut row = match unit {
            Unit::System => {
                let name = format!("{mark}{}", model.system);
                status::sum(&name, &model.apps(unit), "")
            }
            Unit::Agent(agent) => {
                let sign = if model.folded.contains(agent) { "▸" } else { "▾" };
                let doc = self.docs.get(agent.as_str());
                let doc = doc.map_or("", String::as_str);
                status::sum(&format!("{mark}{sign} {agent}"), &model.apps(unit), doc)
            }
            Unit::App(name) => match model.apps(unit).first() {
                Some(app) => {
                    let indent = if app.agent.is_some() { "    " } else { "  " };
                    status::service(app, &format!("{mark}{indent}{}", app.short_name), false)
                }
                None => blank(&format!("{mark}{name}")),
            },
            Unit::External(name) => {
                let mut externals = model.status.iter().flat_map(|status| &status.externals);
                let found = externals.find(|external| external.external == *name);
                external(&format!("{mark}  {name}"), found)
            }
        };
        if !self.colours {
            for cell in &mut row.cells {
                cell.set_style(Paint::new());
            }
        }
        row
    }

    fn line(&self, pieces: &[Piece<'_>]) -> Line<'static> {
        let span = |piece: &Piece<'_>| Span::styled(piece.text.to_string(), self.of(piece.style));
        Line::from(pieces.iter().map(span).collect::<Vec<Span<'static>>>())
    }

    /// What is selected, and where it listens.
    fn rule(&self, model: &Model, width: u16) -> Line<'static> {
        let mut title = match &model.selected {
            Unit::System => model.system.clone(),
            Unit::Agent(name) | Unit::App(name) | Unit::External(name) => name.clone(),
        };
        let endpoints = model.apps(&model.selected).into_iter().flat_map(|app| &app.endpoints);
        if let Unit::App(_) = model.selected {
            for endpoint in endpoints {
                let at = endpoint.url.as_ref().unwrap_or(&endpoint.address);
                let name = endpoint.name.iter().map(|name| format!(" {name}"));
                title.extend(name.chain([format!(" {at}")]));
            }
        }
        let place = match (model.matches(), model.bottom) {
            (Some((_, 0)), _) => "no match ─".to_owned(),
            (Some((position, count)), _) => format!("match {position} of {count} ─"),
            (None, Some(bottom)) => {
                let newer = model.end_of_lines().saturating_sub(bottom + 1);
                format!("{newer} newer lines ─")
            }
            (None, None) => String::new(),
        };
        let place = if place.is_empty() { place } else { format!(" {place}") };
        let width = usize::from(width);
        let room = width.saturating_sub(place.width() + 4);
        let title = Foreign(title).to_string();
        let title = cut(&title, room).into_owned();
        let line = "─".repeat(width.saturating_sub(title.width() + place.width() + 4));
        Line::from(vec![
            Span::styled("── ", self.dim()),
            Span::styled(title, Style::new().add_modifier(Modifier::BOLD)),
            Span::styled(format!(" {line}{place}"), self.dim()),
        ])
    }

    /// What there is below the rule: remarks and logs, or what is to be read first.
    fn below(&self, model: &Model, layout: Layout, pen: &mut Pen<'_>) {
        let room = layout.remarks + layout.lines;
        let read: Option<Vec<String>> = match (&model.failure, model.is_help) {
            (Some(failure), _) => {
                Some(failure.lines().map(|line| Foreign(line).to_string()).collect())
            }
            (None, true) => Some(HELP.map(str::to_owned).to_vec()),
            (None, false) => None,
        };
        let width = usize::from(pen.area.width);
        if let Some(read) = read {
            let mut lines: Vec<Line<'static>> = Vec::new();
            for line in &read {
                lines.extend(wrapped(&[(line.clone(), Style::new())], width));
            }
            // The help may need the place of the table, too.
            let missing = lines.len().saturating_sub(room);
            pen.line = pen.line.saturating_sub(u16::try_from(missing).unwrap_or(u16::MAX));
            let height = usize::from(pen.area.height).saturating_sub(2);
            let count = height.saturating_sub(usize::from(pen.line));
            for line in lines.iter().take(count) {
                pen.write(line);
            }
            return;
        }
        for remark in model.remarks().iter().take(layout.remarks) {
            let text = Foreign(remark).to_string();
            pen.write(&Line::styled(cut(&text, width).into_owned(), self.paint(AnsiColor::Yellow)));
        }
        for line in self.log(model, layout.lines, width) {
            pen.write(&line);
        }
    }

    /// The lines of the logs that fit, the last one at the bottom.
    fn log(&self, model: &Model, height: usize, width: usize) -> Vec<Line<'static>> {
        let bottom = model.bottom.unwrap_or(u64::MAX);
        let newest_first = model.lines.iter().rev();
        let numbered = newest_first.scan(model.end_of_lines(), |end, said| {
            *end = end.saturating_sub(1);
            Some((*end, said))
        });
        let names = match &model.selected {
            Unit::App(_) => None,
            Unit::System | Unit::Agent(_) | Unit::External(_) => {
                let apps = model.apps(&model.selected);
                apps.iter().map(|app| app.app.width()).max().filter(|_| apps.len() > 1)
            }
        };
        let mut shown: Vec<Line<'static>> = Vec::new();
        for (number, said) in numbered.skip_while(|(number, _)| *number > bottom) {
            if shown.len() >= height {
                break;
            }
            let mut lines = self.said(said, number, names, model.search.as_ref(), width);
            lines.reverse();
            shown.extend(lines);
        }
        shown.truncate(height);
        shown.reverse();
        shown
    }

    fn said(
        &self,
        said: &Said,
        number: u64,
        names: Option<usize>,
        search: Option<&Search>,
        width: usize,
    ) -> Vec<Line<'static>> {
        let mut pieces: Vec<(String, Style)> = Vec::new();
        let mark = if said.is_error { "!" } else { "|" };
        if let Some(longest) = names {
            let room = longest.min(width / 3);
            let name = Foreign(&said.app).to_string();
            let name = cut(&name, room);
            let pad = " ".repeat(room.saturating_sub(name.width()) + 1);
            pieces.push((format!("{name}{pad}"), self.paint(logs::colour(&said.app))));
            let colour = if said.is_error { AnsiColor::Red } else { logs::colour(&said.app) };
            pieces.push((format!("{mark} "), self.paint(colour)));
        } else if said.is_error {
            pieces.push((format!("{mark} "), self.paint(AnsiColor::Red)));
        }
        let pattern = search.and_then(|search| search.pattern.as_ref());
        let is_found = search.is_some_and(|search| search.found == Some(number));
        let marked = match is_found {
            true => Style::new().add_modifier(Modifier::REVERSED),
            false => Style::new().add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
        };
        let mut end = 0;
        let found = pattern.into_iter().flat_map(|pattern| pattern.find_iter(&said.text));
        for found in found.filter(|found| !found.is_empty()) {
            let before = said.text.get(end..found.start()).unwrap_or_default();
            pieces.push((before.to_owned(), Style::new()));
            pieces.push((found.as_str().to_owned(), marked));
            end = found.end();
        }
        pieces.push((said.text.get(end..).unwrap_or_default().to_owned(), Style::new()));
        wrapped(&pieces, width)
    }

    /// A colour, where there are colours.
    fn paint(&self, colour: AnsiColor) -> Style {
        self.of(Paint::new().fg_color(Some(colour.into())))
    }

    fn of(&self, paint: Paint) -> Style {
        let mut style = Style::new();
        if let (true, Some(Painted::Ansi(colour))) = (self.colours, paint.get_fg_color()) {
            style = style.fg(named(colour));
        }
        if paint.get_effects().contains(Effects::BOLD) {
            style = style.add_modifier(Modifier::BOLD);
        }
        style
    }
}

/// The system, and how it is.
fn head(model: &Model, width: u16) -> Line<'static> {
    let mut words = vec![format!("on {}", model.engine)];
    if let Some(profile) = &model.profile {
        words.insert(0, format!("profile {}", Foreign(profile)));
    }
    words.push(match &model.status {
        None if model.lost.is_some() => "no answer".to_owned(),
        None => "looking".to_owned(),
        Some(status) => health(status),
    });
    let system = Foreign(&model.system).to_string();
    let rest = format!("   {}", words.join("   "));
    let room = usize::from(width).saturating_sub(system.width());
    let bold = Style::new().add_modifier(Modifier::BOLD);
    Line::from(vec![Span::styled(system, bold), Span::raw(cut(&rest, room).into_owned())])
}

/// How everything is, in a few words.
fn health(status: &Status) -> String {
    let unwell = status.apps.iter().filter(|app| !app.is_well()).count();
    let away = status.externals.iter().filter(|external| external.ready == Some(false)).count();
    match unwell + away {
        0 => "all is well".to_owned(),
        count => format!("{count} of {} not well", status.apps.len() + status.externals.len()),
    }
}

fn external(name: &str, external: Option<&ExternalStatus>) -> Row<8> {
    let mut row = blank(name);
    let Some(external) = external else { return row };
    let (word, colour) = match external.ready {
        Some(true) => ("available", AnsiColor::Green),
        Some(false) => ("not available", AnsiColor::Red),
        None => ("external", AnsiColor::White),
    };
    let paint = match external.ready {
        Some(_) => Paint::new().fg_color(Some(colour.into())),
        None => Paint::new(),
    };
    if let Some(cell) = row.cells.get_mut(1) {
        *cell = Cell::styled(word, paint);
    }
    row.behind = status::addresses(&external.endpoints, false);
    row
}

fn blank(name: &str) -> Row<8> {
    let mut cells = <[Cell; 8]>::default();
    if let Some(first) = cells.first_mut() {
        *first = name.into();
    }
    Row { cells, behind: Cell::default() }
}

/// What is done, or was done last.
fn told(model: &Model, width: u16) -> Line<'static> {
    let told = model.told();
    let first = Foreign(told.lines().next().unwrap_or_default()).to_string();
    let text = cut(&first, width.into()).into_owned();
    let is_question = model.asked.is_some() || model.operation.is_some();
    let modifier = if is_question { Modifier::BOLD } else { Modifier::empty() };
    Line::styled(text, Style::new().add_modifier(modifier))
}

/// Pieces of a line in lines that are no wider than this.
fn wrapped(pieces: &[(String, Style)], width: usize) -> Vec<Line<'static>> {
    let width = width.max(1);
    let mut lines: Vec<Line<'static>> = vec![Line::default()];
    let mut taken = 0;
    for (text, style) in pieces {
        let mut part = String::new();
        for character in text.chars() {
            let own = character.width().unwrap_or(0);
            if taken + own > width {
                if let Some(line) = lines.last_mut() {
                    line.push_span(Span::styled(std::mem::take(&mut part), *style));
                }
                lines.push(Line::default());
                taken = 0;
            }
            part.push(character);
            taken += own;
        }
        if let Some(line) = lines.last_mut().filter(|_| !part.is_empty()) {
            line.push_span(Span::styled(part, *style));
        }
    }
    lines
}

fn named(colour: AnsiColor) -> Color {
    match colour {
        AnsiColor::Black => Color::Black,
        AnsiColor::Red => Color::Red,
        AnsiColor::Green => Color::Green,
        AnsiColor::Yellow => Color::Yellow,
        AnsiColor::Blue => Color::Blue,
        AnsiColor::Magenta => Color::Magenta,
        AnsiColor::Cyan => Color::Cyan,
        AnsiColor::White => Color::Gray,
        AnsiColor::BrightBlack => Color::DarkGray,
        AnsiColor::BrightRed => Color::LightRed,
        AnsiColor::BrightGreen => Color::LightGreen,
        AnsiColor::BrightYellow => Color::LightYellow,
        AnsiColor::BrightBlue => Color::LightBlue,
        AnsiColor::BrightMagenta => Color::LightMagenta,
        AnsiColor::BrightCyan => Color::LightCyan,
        AnsiColor::BrightWhite => Color::White,
    }
}

/// Writes line after line.
struct Pen<'b> {
    buffer: &'b mut Buffer,
    area: Rect,
    line: u16,
}

impl Pen<'_> {
    /// The place of the next line; empty below the screen.
    fn row(&self) -> Rect {
        let line = Rect { y: self.area.y.saturating_add(self.line), height: 1, ..self.area };
        line.intersection(self.area)
    }

    /// Writes a line over what is there.
    fn write(&mut self, line: &Line<'_>) {
        let row = self.row();
        self.line = self.line.saturating_add(1);
        if row.is_empty() {
            return;
        }
        self.buffer.set_style(row, Style::reset());
        for column in row.left()..row.right() {
            if let Some(cell) = self.buffer.cell_mut((column, row.y)) {
                cell.set_symbol(" ");
            }
        }
        self.buffer.set_line(row.x, row.y, line, row.width);
    }
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::super::model::tests::{lines, model};
    use super::super::model::{Key, Message};
    use super::*;

    fn view(colours: bool) -> View {
        let docs = [("duck".into(), "Reads and talks.".to_owned())];
        View { docs: docs.into_iter().collect(), colours }
    }

    /// A screen of this size.
    fn drawn(view: &View, model: &mut Model, width: u16, height: u16) -> Buffer {
        model.handle(Message::Size(width, height));
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| view.draw(model, frame)).unwrap();
        terminal.backend().buffer().clone()
    }

    fn text(buffer: &Buffer) -> String {
        let rows = buffer.content().chunks(usize::from(buffer.area.width).max(1));
        let rows = rows.map(|row| {
            let row: String = row.iter().map(ratatui::buffer::Cell::symbol).collect();
            row.trim_end().to_owned()
        });
        rows.collect::<Vec<String>>().join("\n")
    }

    fn press(model: &mut Model, keys: &[Key]) {
        for key in keys {
            model.handle(Message::Key(*key));
        }
    }

    #[test]
    fn a_screen_of_the_usual_size_has_it_all() {
        let mut model = model();
        press(&mut model, &[Key::Down, Key::Down]);
        model.handle(Message::Lines(3, lines("duck_cephalon", &["thinks", "error: no idea"])));
        let shown = text(&drawn(&view(true), &mut model, 80, 24));
        assert_eq!(
            shown,
            "\
pond   on PM2   7 of 11 not well
  unit          state                                pid     up  ↺  cpu   memory
  pond          3/8 online                                       9  22%  360 MiB
  ▾ duck        2/2 online                                       2   5%   80 MiB
>     cephalon  ready                                812  2h 5m  1   2%   40 MiB
      voice     online, drift                        813  2h 5m  1   2%   40 MiB
    tts         completed                                        1
    proxy       2/2 online                          20+1  2h 5m  2   5%   80 MiB
    vision      1/3 online, given up (exit code 1)    30  2h 5m  2   5%   80 MiB
    stt         orphaned                              99
    llm         not ours                              40  2h 5m  1   2%   40 MiB
    old         no longer defined                     50  2h 5m  1   2%   40 MiB
    heartbeat   stopped
── duck_cephalon ───────────────────────────────────────────────────────────────
thinks
! error: no idea







s start  x stop  r restart  ←→ fold  / search  Tab logs  ? help  q quit"
        );
    }

    #[test]
    fn logs_of_several_have_names_and_matches_are_marked() {
        let mut model = model();
        model.handle(Message::Lines(1, lines("duck_voice", &["hears a quack", "error: deaf"])));
        model.handle(Message::Lines(1, lines("tts", &["says quack"])));
        press(&mut model, &[Key::Tab, Key::Char('/'), Key::Char('q'), Key::Char('u')]);
        let buffer = drawn(&view(true), &mut model, 50, 8);
        assert_eq!(
            text(&buffer),
            "\
── pond ─────────────────────────── match 1 of 2 ─
duck_voice    | hears a quack
duck_voice    ! error: deaf
tts           | says quack


/qu
s start  x stop  r restart  ←→ fold  / search  Ta…"
        );
        let marked = |modifier: Modifier| {
            let cells = buffer.content().iter().skip(50).take(4 * 50);
            let marked = cells.filter(|cell| cell.modifier.contains(modifier));
            marked.map(ratatui::buffer::Cell::symbol).collect::<String>()
        };
        assert_eq!(
            (marked(Modifier::REVERSED), marked(Modifier::UNDERLINED)),
            ("qu".into(), "qu".into())
        );
    }

    #[test]
    fn long_lines_are_wrapped_and_nothing_stands_beside_them() {
        let mut model = model();
        for _ in 0..2 {
            press(&mut model, &[Key::Down]);
        }
        press(&mut model, &[Key::Tab]);
        model.handle(Message::Lines(3, lines("duck_cephalon", &["0123456789日本語abcdef"])));
        let shown = text(&drawn(&view(true), &mut model, 11, 8));
        let lines: Vec<&str> = shown.lines().collect();
        // The buffer has an empty cell after a wide character.
        let squeezed: Vec<String> = lines[1..4].iter().map(|line| line.replace(' ', "")).collect();
        assert_eq!(squeezed, ["0123456789", "日本語abcde", "f"]);
    }

    #[test]
    fn without_colours_everything_is_still_said() {
        let mut model = model();
        model.handle(Message::Lines(1, lines("tts", &["fine", "error: not"])));
        let (plain, coloured) =
            (drawn(&view(false), &mut model, 80, 24), drawn(&view(true), &mut model, 80, 24));
        assert_eq!(text(&plain), text(&coloured));
        let colours = |buffer: &Buffer| {
            buffer.content().iter().filter(|cell| cell.fg != Color::Reset).count()
        };
        assert_eq!(colours(&plain), 0);
        assert!(colours(&coloured) > 20);
        // No background is set: it is the terminal's own, light or dark.
        assert!(coloured.content().iter().all(|cell| cell.bg == Color::Reset));
    }

    #[test]
    fn help_and_failures_are_whole_on_a_small_screen() {
        let mut model = model();
        press(&mut model, &[Key::Char('?')]);
        let shown = text(&drawn(&view(true), &mut model, 80, 24));
        assert!(HELP.iter().all(|line| shown.contains(line)), "{shown}");
        press(&mut model, &[Key::Escape]);
        model.failure = Some("one\n  help: two".to_owned());
        let shown = text(&drawn(&view(true), &mut model, 80, 24));
        assert!(shown.contains("\none\n  help: two\n"), "{shown}");
    }

    #[test]
    fn no_size_and_no_keys_are_too_much() {
        const KEYS: [Key; 20] = [
            Key::Up,
            Key::Down,
            Key::Left,
            Key::Right,
            Key::PageUp,
            Key::PageDown,
            Key::Home,
            Key::End,
            Key::Enter,
            Key::Tab,
            Key::Backspace,
            Key::Escape,
            Key::Char('/'),
            Key::Char('n'),
            Key::Char('s'),
            Key::Char('x'),
            Key::Char('y'),
            Key::Char('?'),
            Key::Char('('),
            Key::Char('日'),
        ];
        let mut dice: u64 = 7;
        let mut throw = |sides: usize| {
            dice = dice
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(dice >> 33).unwrap() % sides
        };
        let mut model = model();
        let mut number = 1;
        for step in 0..1_500 {
            let message = match throw(10) {
                0 => Message::Lines(number, lines("tts", &["日本語 (n", "error: q", ""])),
                1 => Message::Status(Box::new(crate::cli::status::tests::status())),
                2 if throw(20) == 0 => Message::Status(Box::default()),
                3 if throw(3) == 0 => Message::Done(Err("a\nb\nc".repeat(throw(20)))),
                _ => Message::Key(KEYS[throw(KEYS.len())]),
            };
            for request in model.handle(message) {
                if let super::super::model::Request::Follow(new, _) = request {
                    number = new;
                }
            }
            let (width, height) = (throw(100) + 1, throw(40) + 1);
            let sized = |size: usize| u16::try_from(size).unwrap();
            let buffer = drawn(&view(step % 2 == 0), &mut model, sized(width), sized(height));
            assert_eq!(buffer.content().len(), width * height);
        }
    }
}
