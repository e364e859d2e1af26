//! Times: before the lines of logs, and those a person asks for.

use jiff::civil::DateTime;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ZonedDateTime};
use promethean_core::app::App;
use promethean_core::attribute::Setting;

/// What stands in a line of a log beside what the app wrote.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Layout {
    /// Nothing, or a time that cannot be read.
    #[default]
    Plain,
    /// The time, `: `, and the text: `time` or `log_date_format`.
    Dated(DateFormat),
    /// An object with what was written and its time: `log_type json`. Without a format of its own
    /// the time is ISO 8601, in UTC; with one that cannot be read there is none.
    Json(JsonTime),
}

/// How the time in an object is written.
#[derive(Clone, Debug, PartialEq)]
pub enum JsonTime {
    /// As JavaScript's `toISOString` writes it.
    Iso,
    /// In the app's own format.
    Format(DateFormat),
    /// In one that cannot be read.
    Unknown,
}

impl Layout {
    /// What PM2 writes for an app (`lib/God/ForkMode.js`; `lib/Common.js` for `time`).
    #[must_use]
    pub fn of(app: &App) -> Layout {
        let text = |name| app.setting(name).and_then(Setting::as_text);
        let written = match app.setting("time") {
            Some(Setting::Boolean(true)) => Some("YYYY-MM-DDTHH:mm:ss"),
            _ => text("log_date_format").filter(|format| !format.is_empty()),
        };
        let format = written.map(DateFormat::new);
        match (text("log_type"), format) {
            (Some("json"), None) => Layout::Json(JsonTime::Iso),
            (Some("json"), Some(Some(format))) => Layout::Json(JsonTime::Format(format)),
            (Some("json"), Some(None)) => Layout::Json(JsonTime::Unknown),
            (_, Some(Some(format))) => Layout::Dated(format),
            _ => Layout::Plain,
        }
    }

    /// Whether its lines have times.
    pub(super) fn has_times(&self) -> bool {
        !matches!(self, Layout::Plain | Layout::Json(JsonTime::Unknown))
    }
}

impl JsonTime {
    /// The time that a text holds.
    pub(super) fn read(&self, text: &str) -> Option<Timestamp> {
        match self {
            JsonTime::Iso => text.parse().ok(),
            JsonTime::Format(format) => format.read(text.as_bytes()).map(|(time, _)| time),
            JsonTime::Unknown => None,
        }
    }
}

/// A format that times are written in.
#[derive(Clone, Debug, PartialEq)]
pub struct DateFormat {
    /// The format for `strptime`.
    strptime: String,
    /// Where a time is that does not say so.
    zone: TimeZone,
}

/// What day.js writes for each word that is read here, as `strptime` calls it; longer words stand
/// before those they begin with.
const WORDS: [(&str, &str); 15] = [
    ("YYYY", "%Y"),
    ("MMMM", "%B"),
    ("MMM", "%b"),
    ("MM", "%m"),
    ("DD", "%d"),
    ("dddd", "%A"),
    ("ddd", "%a"),
    ("HH", "%H"),
    ("hh", "%I"),
    ("mm", "%M"),
    ("ss", "%S"),
    ("SSS", "%3f"),
    ("ZZ", "%z"),
    ("Z", "%:z"),
    ("A", "%p"),
];

/// The letters that day.js replaces; any other stands for itself.
const REPLACED: &str = "YMDdHhmsSZAa";

impl DateFormat {
    /// A format of day.js, in the time zone of this machine where it has none of its own.
    ///
    /// It is read when it has at least the year, month, day, hour and minute, and no other words
    /// than `YYYY`, `MM`, `MMM`, `MMMM`, `DD`, `ddd`, `dddd`, `HH`, `hh` with `A` or `a`, `mm`,
    /// `ss`, `SSS`, `Z`, `ZZ` and texts in brackets: `YYYY-MM-DD HH:mm:ss.SSS Z`,
    /// `YYYY-MM-DDTHH:mm:ss`. Else there is `None`.
    #[must_use]
    pub fn new(dayjs: &str) -> Option<DateFormat> {
        let strptime = strptime(dayjs)?;
        let format = DateFormat { strptime, zone: TimeZone::system() };
        let example = ZonedDateTime::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
        let written = example.strftime(&format.strptime).to_string();
        format.read(written.as_bytes()).is_some().then_some(format)
    }

    /// The time at the beginning of a line, and how many bytes it takes.
    pub(super) fn read(&self, line: &[u8]) -> Option<(Timestamp, usize)> {
        let (written, length) = BrokenDownTime::parse_prefix(&self.strptime, line).ok()?;
        let time = match written.offset() {
            Some(_) => written.to_timestamp().ok()?,
            None => self.zone.to_timestamp(written.to_datetime().ok()?).ok()?,
        };
        Some((time, length))
    }
}

/// A format of day.js as one for `strptime`.
fn strptime(dayjs: &str) -> Option<String> {
    let (mut strptime, mut rest) = (String::new(), dayjs);
    while let Some(first) = rest.chars().next() {
        if let Some((word, meaning)) = WORDS.iter().find(|(word, _)| rest.starts_with(word)) {
            strptime.push_str(meaning);
            rest = rest.strip_prefix(word)?;
            continue;
        }
        if let Some((text, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            strptime.push_str(&text.replace('%', "%%"));
            rest = after;
            continue;
        }
        rest = rest.strip_prefix(first)?;
        match first {
            'a' => strptime.push_str("%P"),
            '%' => strptime.push_str("%%"),
            _ if REPLACED.contains(first) => return None,
            _ => strptime.push(first),
        }
    }
    Some(strptime)
}

/// Why a time that was asked for is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{written}` is no time\n  help: write how long ago, such as `10m`, `2h` or `1d`, or a time such as \
     `2026-11-23T12:00` or `2026-11-23T12:00:00Z`"
)]
pub struct SinceError {
    written: String,
}

/// The time that a person means with `10m` or `1h30m`, so long ago, or with `2026-11-23`,
/// `2026-11-23T12:00`, `2026-11-23T12:00:00Z`. Without an offset it is this machine's time.
///
/// # Errors
///
/// It is none of these.
pub fn since(written: &str) -> Result<Timestamp, SinceError> {
    let written = written.trim();
    let ago = || {
        let span: Span = written.parse().ok()?;
        ZonedDateTime::now().checked_sub(span.abs()).ok()
    };
    let local = || {
        let time: DateTime = written.parse().ok()?;
        time.to_zoned_datetime(TimeZone::system()).ok()
    };
    let exact = written.parse::<Timestamp>().ok();
    exact
        .or_else(|| local().map(|time| time.timestamp()))
        .or_else(|| ago().map(|time| time.timestamp()))
        .ok_or_else(|| SinceError { written: written.to_owned() })
}
