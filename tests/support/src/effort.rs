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
    if is_full() { full } else { full.div_ceil(10) }
}

/// Which of some dear cases a test tries: all in a full run, every second one otherwise.
///
/// # Panics
///
/// When the variable asks for something else.
#[must_use]
pub fn some_of<T: Copy>(full: &[T]) -> Vec<T> {
    full.iter().copied().step_by(if is_full() { 1 } else { 2 }).collect()
}

/// Whether everything is asked for.
///
/// # Panics
///
/// When the variable asks for something else.
#[must_use]
pub fn is_full() -> bool {
    match std::env::var_os(VARIABLE) {
        None => false,
        Some(value) if value == "full" => true,
        Some(value) => panic!("{VARIABLE} is {}: write `full`, or unset it", value.display()),
    }
}
