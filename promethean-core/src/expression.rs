//! `(expressions)`: their types, and the text that their values travel as.
//!
//! The macro calls one of these functions with each expression, so that rustc checks the
//! expression's type on its own span.

use std::fmt::Display;
use std::time::Duration;

/// The value of an attribute that is `true` or `false`.
#[must_use]
pub fn boolean(value: bool) -> String {
    value.to_string()
}

/// The value of an attribute that is a whole number, of any integer type.
#[must_use]
#[expect(
    clippy::needless_pass_by_value,
    reason = "the type error names the integer, not a reference"
)]
pub fn integer(value: impl Integer) -> String {
    value.to_string()
}

/// The value of an attribute that is a duration. PM2 counts in milliseconds; what is less is
/// dropped.
#[must_use]
pub fn duration(value: Duration) -> String {
    format!("{}ms", value.as_millis())
}

/// The value of an attribute that is an amount of memory, in bytes.
#[must_use]
pub fn bytes(value: u64) -> String {
    value.to_string()
}

/// The value of an environment variable, or of an attribute that is text.
#[must_use]
pub fn text(value: &(impl Display + ?Sized)) -> String {
    value.to_string()
}

/// Rust's integer types.
#[diagnostic::on_unimplemented(
    message = "this attribute takes a whole number, not `{Self}`",
    label = "this is no integer"
)]
pub trait Integer: Display {}

macro_rules! integers {
    ($($integer:ty)*) => { $(impl Integer for $integer {})* };
}

integers!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize);
