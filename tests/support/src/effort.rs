//! How much the long tests do.

/// The variable that asks for everything: `PROMETHEAN_TESTS=full`.
pub const VARIABLE: &str = "PROMETHEAN_TESTS";

/// How many cases a test tries that tries this many in a full run: all of them then, a tenth
/// otherwise.
///
/// # Panics
///
/// When the variable asks for something else.
#[must_use]
pub fn of(full: u32) -> u32 {
    match std::env::var_os(VARIABLE) {
        None => full.div_ceil(10),
        Some(value) if value == "full" => full,
        Some(value) => panic!("{VARIABLE} is {}: write `full`, or unset it", value.display()),
    }
}
