//! Cron patterns, as PM2 reads them.
//!
//! PM2 7 gives `cron_restart` to croner 4 for JavaScript, whose dialect is its own: five or six
//! parts, the first of six being seconds; names of months and days anywhere in their part; a list
//! takes no ranges; a step counts from the lowest value of the part; the day of the month *and* the
//! day of the week must fit; `L` is the last day of the month; a date and time is a restart, once.
//! After a February that is too short for a day of the pattern, the first days of March are left out:
//! `0 0 1,31 * *` comes on February 1 and then on March 31.

use std::fmt;
use std::str::FromStr;

/// A pattern that PM2 takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// The parts, from seconds to days of the week; `None` for a date and time.
    parts: Option<[Values; 6]>,
    /// Whether the day of the month is the last one: `L`.
    last_day: bool,
    /// Whether all parts are known. Only PM2 knows the value of `?`.
    is_known: bool,
    /// The date and time, where this is one without a zone of its own.
    once: Option<Moment>,
}

/// A moment of a calendar and a clock, in whatever time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// The year.
    pub year: u32,
    /// The month, 1 to 12.
    pub month: u32,
    /// The day of the month, from 1.
    pub day: u32,
    /// The hour.
    pub hour: u32,
    /// The minute.
    pub minute: u32,
    /// The second.
    pub second: u32,
}

impl Moment {
    /// The beginning of the next day.
    fn next_day(self) -> Moment {
        let day = Moment { day: self.day + 1, hour: 0, minute: 0, second: 0, ..self };
        if day.day <= days_of(day.year, day.month) {
            return day;
        }
        match day.month {
            12 => Moment { year: day.year + 1, month: 1, day: 1, ..day },
            month => Moment { month: month + 1, day: 1, ..day },
        }
    }

    /// 0 for a Sunday (Zeller's congruence).
    fn weekday(self) -> usize {
        let (year, month) = match self.month {
            month @ (1 | 2) => (self.year.saturating_sub(1), month + 12),
            month => (self.year, month),
        };
        let sum = self.day + 13 * (month + 1) / 5 + year + year / 4 + year / 400;
        // Counted from Saturday; six times a number is minus the number.
        ((sum + 6 * (year / 100) + 6) % 7) as usize
    }
}

/// A leap day that is a certain day of the week comes again after forty years at the latest.
const DAYS: usize = 41 * 366;

/// The values of a part that fit, as the bits of their places counted from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Values(u64);

/// Why a pattern is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CronError {
    /// Not five or six parts.
    Parts {
        /// How many there are.
        found: usize,
    },
    /// A character that means nothing in a part.
    Character {
        /// The part: "minutes".
        part: &'static str,
        /// What was found.
        written: String,
    },
    /// A number that the part does not have.
    OutOfRange {
        /// The part.
        part: &'static str,
        /// What was found.
        written: String,
        /// The lowest value.
        least: u8,
        /// The highest value.
        most: u8,
    },
    /// A range from a higher to a lower value.
    Descending {
        /// The range.
        written: String,
    },
    /// A range or a step among the values of a list.
    InList {
        /// The range or step.
        written: String,
    },
    /// A step of nothing, or of more than the part has values.
    Step {
        /// The step and what is before it.
        written: String,
        /// The longest step.
        most: u8,
    },
    /// What is read by PM2 as something else than it looks like, or as nothing at all.
    Misread {
        /// What was found.
        written: String,
    },
    /// A date and time that does not exist.
    Date,
}

impl fmt::Display for CronError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CronError::Parts { found } => {
                let parts = if *found == 1 { "part" } else { "parts" };
                write!(formatter, "it has {found} {parts}, not 5 or 6")
            }
            CronError::Character { part, written } => {
                write!(formatter, "`{written}` is not a value for the {part}")
            }
            CronError::OutOfRange { part, written, least, most } => {
                write!(formatter, "`{written}` is out of range for the {part}, {least} to {most}")
            }
            CronError::Descending { written } => {
                write!(formatter, "the range `{written}` goes down")
            }
            CronError::InList { written } => {
                write!(
                    formatter,
                    "`{written}` is in a list, but PM2 accepts only single values there"
                )
            }
            CronError::Step { written, most } => {
                write!(formatter, "the step of `{written}` must be 1 to {most}")
            }
            CronError::Misread { written } => {
                write!(formatter, "PM2 does not read `{written}` as it looks")
            }
            CronError::Date => {
                formatter.write_str("it is no date and time such as `2027-01-31T04:00:00`")
            }
        }
    }
}

impl std::error::Error for CronError {}

/// One of the six parts.
struct Part {
    name: &'static str,
    least: u8,
    most: u8,
    names: &'static [&'static str],
}

const PARTS: [Part; 6] = [
    Part { name: "seconds", least: 0, most: 59, names: &[] },
    Part { name: "minutes", least: 0, most: 59, names: &[] },
    Part { name: "hours", least: 0, most: 23, names: &[] },
    Part { name: "days of the month", least: 1, most: 31, names: &[] },
    Part {
        name: "months",
        least: 1,
        most: 12,
        names: &[
            "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
        ],
    },
    Part {
        name: "days of the week",
        least: 0,
        most: 7,
        names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
    },
];

/// How many days a month has.
fn days_of(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let length = month.checked_sub(1).and_then(|month| DAYS_OF_MONTH.get(month as usize));
    length.map_or(0, |length| if month == 2 && !leap { 28 } else { *length })
}

/// The days of each month, in a leap year.
const DAYS_OF_MONTH: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

impl Pattern {
    /// Whether a moment that fits ever comes: `0 0 30 2 *` never does.
    ///
    /// Of a date and time nothing is known: it may be in the past.
    #[must_use]
    pub fn comes(&self) -> bool {
        let Some([seconds, minutes, hours, days, months, weekdays]) = self.parts else {
            return true;
        };
        let day_of_year = DAYS_OF_MONTH
            .iter()
            .enumerate()
            .any(|(month, length)| months.has(month) && days.0 & ((1 << length) - 1) != 0);
        [seconds, minutes, hours, weekdays].iter().all(|values| values.0 != 0) && day_of_year
    }

    /// Whether [`Pattern::next`] knows when it comes: not that of `?`, which is the moment when PM2 reads it,
    /// nor that of a date and time with a zone of its own.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.is_known && (self.parts.is_some() || self.once.is_some())
    }

    /// The first moment after another one that fits; `None` if none comes within forty years, if a date
    /// and time is over, and if PM2 alone knows it (`?`).
    #[must_use]
    pub fn next(&self, after: Moment) -> Option<Moment> {
        let Some(parts) = self.parts else {
            return self.once.filter(|once| *once > after);
        };
        if !self.is_known || !self.comes() {
            return None;
        }
        let [.., weekdays] = parts;
        let mut found = self.fitting(parts, after, |time| *time > after)?;
        for _ in 0..DAYS {
            let (Found::Fitting(time) | Found::Beyond(time)) = found;
            let mut day = time;
            let mut days = 0..7;
            // croner looks at the day of the week last, and keeps the time then (`increment` in
            // `src/date.js`): on a Monday after eight, `0 * * * 0` comes at nine o'clock on Sunday.
            while !weekdays.has(day.weekday()) && days.next().is_some() {
                let Moment { hour, minute, second, .. } = day;
                day = Moment { hour, minute, second, ..day.next_day() };
            }
            if found == Found::Fitting(day) {
                return Some(day);
            }
            found = self.fitting(parts, day, |time| *time >= day)?;
        }
        None
    }

    /// The first moment from a day on that fits in all but the day of the week.
    fn fitting(
        &self,
        [seconds, minutes, hours, days, months, _]: [Values; 6],
        from: Moment,
        is_late_enough: impl Fn(&Moment) -> bool,
    ) -> Option<Found> {
        let mut day = from;
        for _ in 0..DAYS {
            let month_fits = months.has(day.month as usize - 1);
            let length = days_of(day.year, day.month);
            let fits = month_fits
                && match self.last_day {
                    true => day.day == length,
                    false => days.has(day.day as usize - 1),
                };
            let mut times = hours.all().filter(|_| fits).flat_map(|hour| {
                let of_minute = move |minute| {
                    seconds.all().map(move |second| Moment { hour, minute, second, ..day })
                };
                let latest = Moment { hour, minute: 59, second: 59, ..day };
                minutes.all().filter(move |_| latest >= from).flat_map(of_minute)
            });
            if let Some(found) = times.find(&is_late_enough) {
                return Some(Found::Fitting(found));
            }
            // croner takes the next day of the pattern for one of this month, even where the month is
            // shorter: February 31 is March 3, where it looks on.
            let beyond = days.all().map(|place| place + 1).find(|beyond| *beyond > length);
            if let Some(beyond) = beyond
                && month_fits
                && day.day == length
                && !self.last_day
            {
                let first = |values: Values| values.all().next();
                let time = Moment {
                    day: beyond - length,
                    hour: first(hours)?,
                    minute: first(minutes)?,
                    second: first(seconds)?,
                    ..day.next_day()
                };
                return Some(Found::Beyond(time));
            }
            day = day.next_day();
        }
        None
    }
}

/// What [`Pattern::fitting`] comes to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    /// A moment that fits.
    Fitting(Moment),
    /// A moment after a month that is too short for a day of the pattern; what fits is not before it.
    Beyond(Moment),
}

impl FromStr for Pattern {
    type Err = CronError;

    fn from_str(pattern: &str) -> Result<Pattern, CronError> {
        if pattern.find(':').is_some_and(|position| position > 0) {
            let once = date(pattern)?;
            // With a zone of its own it is another moment here.
            let once = Some(once).filter(|_| !pattern.ends_with(['Z', 'z']));
            return Ok(Pattern { parts: None, last_day: false, is_known: true, once });
        }
        let words: Vec<&str> = pattern.split_whitespace().collect();
        let seconds = match words.len() {
            5 => Some("0"),
            6 => None,
            found => return Err(CronError::Parts { found }),
        };
        let mut parts = [Values::default(); 6];
        let last_day = words.iter().rev().nth(2).is_some_and(|day| matches!(*day, "L" | "l"));
        let is_known = !words.contains(&"?");
        let words = seconds.into_iter().chain(words);
        for ((part, values), word) in PARTS.iter().zip(&mut parts).zip(words) {
            *values = part.read(word)?;
        }
        let [.., weekdays] = &mut parts;
        if weekdays.has(7) {
            weekdays.insert(0);
        }
        Ok(Pattern { parts: Some(parts), last_day, is_known, once: None })
    }
}

impl Values {
    fn has(self, place: usize) -> bool {
        self.0 >> place & 1 == 1
    }

    /// Those that fit, in their order; of a part that counts from 0.
    fn all(self) -> impl Iterator<Item = u32> {
        (0..60).filter(move |place| self.0 >> place & 1 == 1)
    }

    fn insert(&mut self, place: usize) {
        self.0 |= 1 << place;
    }
}

impl Part {
    fn length(&self) -> u8 {
        self.most - self.least + 1
    }

    fn read(&self, written: &str) -> Result<Values, CronError> {
        let mut values = Values::default();
        match written {
            "*" => values.0 = (1 << self.length()) - 1,
            // The last day of a month is one of these four.
            "L" | "l" if self.name == "days of the month" => values.0 = 0b1111 << 27,
            // The moment PM2 reads it; any stands for it.
            "?" => values.insert(0),
            _ => {
                let digits = self.without_names(written);
                let strange =
                    |character: char| !(character.is_ascii_digit() || "*/,-".contains(character));
                if digits.contains(strange) {
                    return Err(CronError::Character { part: self.name, written: written.into() });
                }
                self.read_list(&digits, &mut values)?;
            }
        }
        Ok(values)
    }

    /// Names replaced by their numbers, wherever they are.
    fn without_names(&self, written: &str) -> String {
        let mut text = written.to_ascii_lowercase();
        for (number, name) in (self.least..).zip(self.names) {
            text = text.replace(name, &number.to_string());
        }
        text
    }

    fn read_list(&self, written: &str, values: &mut Values) -> Result<(), CronError> {
        if !written.contains(',') {
            return self.read_entry(written, values);
        }
        for entry in written.split(',') {
            if entry.contains(['-', '/']) {
                return Err(CronError::InList { written: entry.to_owned() });
            }
            match entry {
                "*" => values.0 = (1 << self.length()) - 1,
                _ => values.insert(self.place(entry, entry)?),
            }
        }
        Ok(())
    }

    fn read_entry(&self, written: &str, values: &mut Values) -> Result<(), CronError> {
        let (range, step) = match written.split_once('/') {
            Some((range, step)) => (range, Some(self.step(step, written)?)),
            None => (written, None),
        };
        let step_by = usize::from(step.unwrap_or(1));
        if let Some((lower, upper)) = range.split_once('-') {
            let (lower, upper) = (self.place(lower, written)?, self.place(upper, written)?);
            if lower > upper {
                return Err(CronError::Descending { written: written.to_owned() });
            }
            (lower..=upper).step_by(step_by).for_each(|place| values.insert(place));
            return Ok(());
        }
        if step.is_none() {
            values.insert(self.place(range, written)?);
            return Ok(());
        }
        // Without a range a step begins at a place, not at a value: `1/10` of days is the 2nd.
        let start = match range {
            "*" => 0,
            start => usize::from(number(start, written)?),
        };
        let places = start..usize::from(self.length());
        places.step_by(step_by).for_each(|place| values.insert(place));
        Ok(())
    }

    /// The place of a value, counted from 0. `within` is what it is a part of.
    fn place(&self, value: &str, within: &str) -> Result<usize, CronError> {
        let number = number(value, within)?;
        match number.checked_sub(u16::from(self.least)) {
            Some(place) if number <= u16::from(self.most) => Ok(usize::from(place)),
            _ => Err(CronError::OutOfRange {
                part: self.name,
                written: value.to_owned(),
                least: self.least,
                most: self.most,
            }),
        }
    }

    fn step(&self, step: &str, written: &str) -> Result<u16, CronError> {
        let number = number(step, written)?;
        match (1..=u16::from(self.length())).contains(&number) {
            true => Ok(number),
            false => Err(CronError::Step { written: written.to_owned(), most: self.length() }),
        }
    }
}

/// A number; one that is too long is as out of range as the largest.
fn number(digits: &str, within: &str) -> Result<u16, CronError> {
    if digits.is_empty() || digits.contains(|character: char| !character.is_ascii_digit()) {
        return Err(CronError::Misread { written: within.to_owned() });
    }
    Ok(digits.parse().unwrap_or(u16::MAX))
}

/// A date and time of six numbers with anything between them.
fn date(pattern: &str) -> Result<Moment, CronError> {
    let mut numbers = pattern.split(|character: char| !character.is_ascii_digit());
    let mut next = || numbers.next().and_then(|digits| digits.parse::<u32>().ok());
    let all = (|| Some([next()?, next()?, next()?, next()?, next()?, next()?]))();
    let Some([year, month, day, hour, minute, second]) = all else { return Err(CronError::Date) };
    let length = days_of(year, month);
    // JavaScript reads a year below 100 as one of the twentieth century.
    let exists = (100..=9_999).contains(&year)
        && (1..=length).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    let moment = Moment { year, month, day, hour, minute, second };
    exists.then_some(moment).ok_or(CronError::Date)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comes(pattern: &str) -> bool {
        pattern.parse::<Pattern>().unwrap().comes()
    }

    #[test]
    fn what_pm2_takes_is_taken() {
        for pattern in [
            "* * * * *",
            "0 4 * * *",
            "*/5 * * * * *",
            "0 0 1-15/2 jan-MAR mon",
            "0 0 L * *",
            "? ? ? ? ? ?",
            "0,30 * * * 7",
            "  0   4 * * *  ",
            "2027-01-31T04:00:00",
        ] {
            assert!(comes(pattern), "{pattern}");
        }
    }

    #[test]
    fn what_never_comes_is_known() {
        for pattern in ["0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 31/2 * *", "70/5 * * * *"] {
            assert!(!comes(pattern), "{pattern}");
        }
        assert!(comes("0 0 29 2 *"), "in a leap year");
    }

    #[test]
    fn the_next_moment_is_the_first_that_fits() {
        let moment = |numbers: [u32; 6]| {
            let [year, month, day, hour, minute, second] = numbers;
            Moment { year, month, day, hour, minute, second }
        };
        let next = |pattern: &str| {
            // A Thursday.
            pattern.parse::<Pattern>().unwrap().next(moment([2026, 11, 26, 7, 30, 0]))
        };
        for (pattern, expected) in [
            ("0 4 * * *", [2026, 11, 27, 4, 0, 0]),
            ("30 7 * * *", [2026, 11, 27, 7, 30, 0]),
            ("31 7 * * *", [2026, 11, 26, 7, 31, 0]),
            ("*/5 * * * * *", [2026, 11, 26, 7, 30, 5]),
            ("0 0 * * mon", [2026, 11, 30, 0, 0, 0]),
            ("0 0 * * 7", [2026, 11, 29, 0, 0, 0]),
            ("0 0 L * *", [2026, 11, 30, 0, 0, 0]),
            ("0 0 L feb *", [2027, 2, 28, 0, 0, 0]),
            ("0 0 29 2 *", [2028, 2, 29, 0, 0, 0]),
            ("0 0 13 * 5", [2027, 8, 13, 0, 0, 0]),
            ("2027-01-31T04:00:00", [2027, 1, 31, 4, 0, 0]),
        ] {
            assert_eq!(next(pattern), Some(moment(expected)), "{pattern}");
        }
        for known in ["0 0 30 2 *", "2025-01-31T04:00:00"] {
            assert!(known.parse::<Pattern>().unwrap().is_known(), "{known}");
        }
        for unknown in ["? 0 * * *", "2027-01-31T04:00:00Z"] {
            assert!(!unknown.parse::<Pattern>().unwrap().is_known(), "{unknown}");
        }
        for never in ["0 0 30 2 *", "2025-01-31T04:00:00", "? 0 * * *", "2027-01-31T04:00:00Z"] {
            assert_eq!(next(never), None, "{never}");
        }
    }

    #[test]
    fn a_february_that_is_too_short_hides_the_first_days_of_march() {
        for (pattern, year, expected) in [
            ("0 0 1,31 * *", 2031, (3, 31)),
            ("0 0 1,30 * *", 2031, (3, 30)),
            ("0 0 1,29 * *", 2031, (3, 1)),
            ("0 0 1,30 * *", 2032, (3, 1)),
            ("0 0 */30 * 6", 2031, (5, 31)),
            ("0 0 L * *", 2031, (2, 28)),
        ] {
            let day = |month, day| Moment { year, month, day, hour: 0, minute: 0, second: 0 };
            let next = pattern.parse::<Pattern>().unwrap().next(day(2, 1));
            assert_eq!(next, Some(day(expected.0, expected.1)), "{pattern} in {year}");
        }
    }

    #[test]
    fn errors_name_the_part() {
        let error = |pattern: &str| pattern.parse::<Pattern>().unwrap_err().to_string();
        assert_eq!(error("daily"), "it has 1 part, not 5 or 6");
        assert_eq!(error("60 * * * *"), "`60` is out of range for the minutes, 0 to 59");
        assert_eq!(error("0 0 0 * *"), "`0` is out of range for the days of the month, 1 to 31");
        assert_eq!(
            error("0 0 * * wednesday"),
            "`wednesday` is not a value for the days of the week"
        );
        assert_eq!(error("0 5-1 * * *"), "the range `5-1` goes down");
        assert_eq!(
            error("0 1-3,5 * * *"),
            "`1-3` is in a list, but PM2 accepts only single values there"
        );
        assert_eq!(error("*/0 * * * *"), "the step of `*/0` must be 1 to 60");
        assert_eq!(error("5* * * * *"), "PM2 does not read `5*` as it looks");
        assert_eq!(error("12:00"), "it is no date and time such as `2027-01-31T04:00:00`");
    }
}
