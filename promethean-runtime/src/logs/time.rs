//! Times: before the lines of logs, and those a person asks for.

use jiff::civil::{DateTime, date};
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ZonedDateTime};
use memchr::memmem;
use promethean_core::app::App;
use promethean_core::attribute::Setting;
use promethean_core::diagnostic::Diagnostic;
use serde::{Deserialize, Serialize};

/// What is in a line of a log besides what the app wrote.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Layout {
    /// Nothing.
    #[default]
    Plain,
    /// A time that cannot be read, `: `, and the text.
    Unread,
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

/// How the log of an app is written (`lib/God/ForkMode.js`; `lib/Common.js` for `time`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogFormat {
    /// Whether each line is an object: `log_type json`.
    pub json: bool,
    /// The format of times, in day.js notation: `time`, `log_date_format`.
    pub dates: Option<String>,
}

impl LogFormat {
    /// That of an app.
    #[must_use]
    pub fn of(app: &App) -> LogFormat {
        let text = |name| app.setting(name).and_then(Setting::as_text);
        let dates = match app.setting("time") {
            Some(Setting::Boolean(true)) => Some("YYYY-MM-DDTHH:mm:ss"),
            _ => text("log_date_format").filter(|format| !format.is_empty()),
        };
        LogFormat { json: text("log_type") == Some("json"), dates: dates.map(str::to_owned) }
    }

    /// What is in a line that is written so, with times in this zone where they have none of their own.
    #[must_use]
    pub fn layout(&self, zone: &dyn Fn() -> TimeZone) -> Layout {
        let format = |dates: &str| DateFormat::new(dates, zone());
        match (self.json, self.dates.as_deref().map(format)) {
            (true, None) => Layout::Json(JsonTime::Iso),
            (true, Some(Some(format))) => Layout::Json(JsonTime::Format(format)),
            (true, Some(None)) => Layout::Json(JsonTime::Unknown),
            (false, Some(Some(format))) => Layout::Dated(format),
            (false, Some(None)) => Layout::Unread,
            (false, None) => Layout::Plain,
        }
    }
}

impl Layout {
    /// That of an app, whose times are in this zone where they do not say so.
    #[must_use]
    pub fn of(app: &App, zone: &dyn Fn() -> TimeZone) -> Layout {
        LogFormat::of(app).layout(zone)
    }

    /// Whether its lines have times.
    pub(super) fn has_times(&self) -> bool {
        !matches!(self, Layout::Plain | Layout::Unread | Layout::Json(JsonTime::Unknown))
    }
}

impl JsonTime {
    /// The time that a text holds.
    pub(super) fn read(&self, text: &str) -> Option<Timestamp> {
        match self {
            JsonTime::Iso => text.parse().ok(),
            JsonTime::Format(format) => format.read(text.as_bytes()),
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
    /// A format of day.js, in this time zone where it has none of its own.
    ///
    /// It is read when it has at least the year, month, day, hour and minute, and no other words
    /// than `YYYY`, `MM`, `MMM`, `MMMM`, `DD`, `ddd`, `dddd`, `HH`, `hh` with `A` or `a`, `mm`,
    /// `ss`, `SSS`, `Z`, `ZZ` and texts in brackets: `YYYY-MM-DD HH:mm:ss.SSS Z`,
    /// `YYYY-MM-DDTHH:mm:ss`. Else there is `None`.
    #[must_use]
    pub fn new(dayjs: &str, zone: TimeZone) -> Option<DateFormat> {
        let format = DateFormat { strptime: strptime(dayjs)?, zone };
        // Written and read again it must be the same, to the minute.
        let example = date(2001, 2, 3).at(16, 5, 0, 0);
        let written = example.to_zoned_datetime(TimeZone::UTC).ok()?.strftime(&format.strptime);
        let read = BrokenDownTime::parse(&format.strptime, written.to_string()).ok()?;
        (read.to_datetime().ok()? == example).then_some(format)
    }

    /// A time in this format.
    pub(crate) fn write(&self, time: Timestamp) -> String {
        time.to_zoned_datetime(self.zone.clone()).strftime(&self.strptime).to_string()
    }

    /// The time that a text is.
    fn read(&self, text: &[u8]) -> Option<Timestamp> {
        let written = BrokenDownTime::parse(&self.strptime, text).ok()?;
        let time = written.to_datetime().ok()?;
        match written.offset() {
            Some(offset) => offset.to_timestamp(time).ok(),
            None => self.zone.to_timestamp(time).ok(),
        }
    }

    /// The time at the beginning of a line, and how many bytes it takes with the `: ` behind it.
    pub(super) fn before(&self, line: &[u8]) -> Option<(Timestamp, usize)> {
        // The format may have `: ` in itself; the text behind it is not searched for more.
        let ends = memmem::find_iter(line, BEHIND_TIME).take(4);
        let mut times =
            ends.map(|end| Some((self.read(line.get(..end)?)?, end + BEHIND_TIME.len())));
        times.find_map(|time| time)
    }
}

/// What PM2 writes between a time and the text.
const BEHIND_TIME: &[u8] = b": ";

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

/// A text that is not a time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.diagnostic())]
pub struct SinceError {
    written: String,
}

impl SinceError {
    /// What is wrong, and what to write instead.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic::new(format!("`{}` is not a valid time", self.written)).help(
            "write how long ago, such as `10m`, `2h` or `1d`, or a time such as `2026-11-23T12:00` \
             or `2026-11-23T12:00:00Z`",
        )
    }
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

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_time_is_read_in_the_zone_of_the_engine_unless_it_has_an_offset() {
        let read = |dayjs: &str, line: &str| {
            let format = DateFormat::new(dayjs, TimeZone::fixed(jiff::tz::offset(2))).unwrap();
            format.before(line.as_bytes()).map(|(time, length)| (time.to_string(), length))
        };
        let time = |time: &str, length| Some((time.to_owned(), length));
        assert_eq!(
            read("YYYY-MM-DDTHH:mm:ss", "2026-11-23T12:00:01: text"),
            time("2026-11-23T10:00:01Z", 21)
        );
        assert_eq!(
            read("YYYY-MM-DD HH:mm Z", "2026-11-23 12:00 +01:00: text"),
            time("2026-11-23T11:00:00Z", 25)
        );
        assert_eq!(
            read("[at 100%] DD.MM.YYYY, hh:mm:ss.SSS a", "at 100% 23.11.2026, 03:04:05.678 pm: x"),
            time("2026-11-23T13:04:05.678Z", 37)
        );
        assert_eq!(read("YYYY-MM-DDTHH:mm:ss", "no time"), None);
        assert_eq!(read("YYYY-MM-DDTHH:mm:ss", "2026-13-23T12:00:01: text"), None);
    }

    #[test]
    fn a_format_without_a_date_or_with_other_words_is_not_read() {
        for format in [
            "HH:mm:ss",
            "YYYY-MM-DD",
            "YYYY-M-D HH:mm",
            "dd YYYY-MM-DD HH:mm",
            "",
            "YYYY-MM-DD hh:mm",
        ] {
            assert_eq!(DateFormat::new(format, TimeZone::UTC), None, "{format}");
        }
    }

    #[test]
    fn a_time_to_begin_with_is_a_moment_or_so_long_ago() {
        assert_eq!(since("2026-11-23T12:00:00Z").unwrap().to_string(), "2026-11-23T12:00:00Z");
        assert_eq!(since("2026-11-23T12:00Z").unwrap().to_string(), "2026-11-23T12:00:00Z");
        assert_eq!(since("2026-11-23T12:00:30+01:00").unwrap().to_string(), "2026-11-23T11:00:30Z");
        let local = |written: &str| {
            let time: DateTime = written.parse().unwrap();
            time.to_zoned_datetime(TimeZone::system()).unwrap().timestamp()
        };
        assert_eq!(since("2026-11-23T12:00").unwrap(), local("2026-11-23T12:00:00"));
        assert_eq!(since("2026-11-23 12:00:05").unwrap(), local("2026-11-23T12:00:05"));
        assert_eq!(since("2026-11-23").unwrap(), local("2026-11-23T00:00:00"));
        for (written, ago) in [("10m", 600), ("2h", 7_200), ("1h30m", 5_400), (" 45s ", 45)] {
            let before = Timestamp::now();
            let meant = since(written).unwrap() + SignedDuration::from_secs(ago);
            assert!((before..=Timestamp::now()).contains(&meant), "{written}");
        }
        for written in ["", "10", "10q", "yesterday", "2026-02-30", "99999999999999h"] {
            assert!(since(written).is_err(), "{written}");
        }
    }
}
