//! What the fuzz targets share: the macro, and the inputs that are more than bytes.
//!
//! A proc macro crate can be linked by rustc alone, so the macro's modules are built here once
//! more. Outside of rustc, proc-macro2 reads tokens by itself.

#![allow(dead_code, reason = "the targets look at a part of the macro")]

#[cfg(fuzzing)]
compile_error!(
    "under `cfg(fuzzing)` proc-macro2 knows no places: run `cargo +nightly fuzz run --no-cfg-fuzzing …`"
);

#[path = "../../promethean-macros/src/check.rs"]
mod check;
#[path = "../../promethean-macros/src/editor.rs"]
mod editor;
#[path = "../../promethean-macros/src/expand.rs"]
mod expand;
#[path = "../../promethean-macros/src/host.rs"]
mod host;
#[path = "../../promethean-macros/src/item.rs"]
mod item;
#[path = "../../promethean-macros/src/invariants.rs"]
mod invariants;
#[path = "../../promethean-macros/src/literal.rs"]
mod literal;
#[path = "../../promethean-macros/src/parse/mod.rs"]
mod parse;
#[path = "../../promethean-macros/src/report.rs"]
mod report;
#[path = "../../promethean-macros/src/sign.rs"]
mod sign;
#[path = "../../promethean-macros/src/source.rs"]
mod source;
#[path = "../../promethean-macros/src/stream.rs"]
mod stream;

pub mod readers;

use arbitrary::{Arbitrary, Result, Unstructured};
use promethean_test_support::dice::Dice;
use promethean_test_support::mutate;

/// Any tokens: a text as it comes, or words of the language in random order.
#[derive(Debug)]
pub struct Tokens(String);

impl<'a> Arbitrary<'a> for Tokens {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Tokens> {
        let as_it_comes = bytes.arbitrary()?;
        let rest = bytes.bytes(bytes.len())?;
        Ok(Tokens(match as_it_comes {
            true => String::from_utf8_lossy(rest).into_owned(),
            false => mutate::soup(&mut Dice::from_bytes(rest)),
        }))
    }
}

impl Tokens {
    /// Asks for all that holds of any tokens.
    ///
    /// # Panics
    ///
    /// When something does not hold.
    pub fn hold(&self) {
        invariants::hold(&self.0);
    }
}

/// An ecosystem with mistakes in it.
#[derive(Debug)]
pub struct Ecosystem {
    text: String,
    /// Decides which tokens other macros have put into groups that nobody sees; `None` for none.
    grouped: Option<u64>,
}

impl<'a> Arbitrary<'a> for Ecosystem {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Ecosystem> {
        let grouped: u8 = bytes.arbitrary()?;
        let rest = bytes.bytes(bytes.len())?;
        let text = mutate::mutated(&mut Dice::from_bytes(rest));
        Ok(Ecosystem { text, grouped: (grouped % 4 == 1).then_some(grouped.into()) })
    }
}

impl Ecosystem {
    /// Asks for all that holds of any tokens.
    ///
    /// # Panics
    ///
    /// When something does not hold.
    pub fn hold(&self) {
        match self.grouped {
            None => invariants::hold(&self.text),
            Some(seed) => {
                let mut dice = Dice::from_seed(seed);
                invariants::hold_of_tokens(&self.text, |tokens| {
                    mutate::with_invisible_groups(tokens, &mut dice)
                });
            }
        }
    }
}
