//! How bounds are written for an API, and what can be said so.

use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use jiff::{RoundMode, Timestamp, Unit, civil};
use serde_json::Value;

use crate::spec::BoundFormat;
use crate::value::time;

/// A format that writes every instant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Format {
    written: BoundFormat,
    step: Step,
}

impl Format {
    /// The error says what is wrong with a text for `strftime`.
    pub(super) fn new(written: BoundFormat) -> Result<Self, String> {
        for at in [DateTime::MIN, SAMPLE, DateTime::MAX] {
            write(written, at).map_err(|error| error.to_string())?;
        }
        let step = Step::of(written);
        Ok(Self { written, step })
    }

    pub(super) fn write(self, at: DateTime) -> Value {
        write(self.written, at).expect("BUG: a format is tried when it is made")
    }

    /// The first instant that is written as this one.
    pub(super) fn floor(self, at: DateTime) -> DateTime {
        self.step.begin(at)
    }
}

fn write(format: BoundFormat, at: DateTime) -> Result<Value, jiff::Error> {
    Ok(match format {
        BoundFormat::Date => at.date().to_string().into(),
        BoundFormat::Epoch => time::micros(at).div_euclid(1_000_000).into(),
        BoundFormat::EpochMillis => time::micros(at).div_euclid(1_000).into(),
        BoundFormat::Rfc3339 => {
            format!("{:.0}", instant(Step::Clock(Unit::Second).begin(at))).into()
        }
        BoundFormat::Rfc3339Millis => {
            format!("{:.3}", instant(Step::Clock(Unit::Millisecond).begin(at))).into()
        }
        BoundFormat::Rfc3339Micros => format!("{:.6}", instant(at)).into(),
        BoundFormat::Strftime(text) => {
            strtime::format(text, &instant(at).to_zoned(TimeZone::UTC))?.into()
        }
    })
}

/// In UTC. The last hours that a calendar has are none that a time zone has.
pub(super) fn instant(at: DateTime) -> Timestamp {
    let (first, last) = (Timestamp::MIN.as_microsecond(), Timestamp::MAX.as_microsecond());
    time::timestamp(time::micros(at).clamp(first, last))
}

/// The distance between two instants that are written in different ways.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Year,
    Month,
    Week,
    Clock(Unit),
}

/// No beginning of anything.
const SAMPLE: DateTime = civil::date(2001, 11, 15).at(13, 14, 15, 161_718_000);

impl Step {
    /// The largest first.
    const ALL: [Self; 8] = [
        Self::Year,
        Self::Month,
        Self::Week,
        Self::Clock(Unit::Day),
        Self::Clock(Unit::Hour),
        Self::Clock(Unit::Minute),
        Self::Clock(Unit::Second),
        Self::Clock(Unit::Millisecond),
    ];

    fn of(format: BoundFormat) -> Self {
        let written = |at| write(format, at).ok();
        let is_same = |step: &Self| written(step.begin(SAMPLE)) == written(SAMPLE);
        Self::ALL.into_iter().find(is_same).unwrap_or(Self::Clock(Unit::Microsecond))
    }

    fn begin(self, at: DateTime) -> DateTime {
        let date = at.date();
        let first = match self {
            Self::Year => date.first_of_year(),
            Self::Month => date.first_of_month(),
            Self::Week => {
                let days = i32::from(date.weekday().to_monday_zero_offset());
                time::date(time::days(date).saturating_sub(days).max(time::days(civil::Date::MIN)))
            }
            Self::Clock(unit) => {
                let round = civil::DateTimeRound::new().smallest(unit).mode(RoundMode::Trunc);
                return at.round(round).expect("BUG: rounding down leaves no range");
            }
        };
        first.at(0, 0, 0, 0)
    }
}
