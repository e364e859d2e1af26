//! The `ecosystem!` macro. Its reference is the documentation of `promethean::ecosystem`.
//!
//! [`ecosystem`] shows the way of the tokens:
//!
//! 1. `parse`: tokens to a declaration, production by production of GRAMMAR.md, from the `stream` of
//!    tokens, which has a way back after a mistake. Whatever a problem can be about gets a span id, and
//!    `source` keeps the spans of the span ids;
//! 2. `check`: the rules of the language, which are `promethean_core::check`, over the declaration;
//! 3. `sign`: what other ecosystems have to know of this one, and the checks of those it refers to,
//!    which only rustc can make;
//! 4. `expand`: each problem as a compile error on its token (`report`), what makes names live in
//!    rust-analyzer (`editor`, and only there: `host` knows who runs this), and the declaration as
//!    one `literal`, with the ecosystems it refers to, its Rust expressions and the name of its
//!    `item` beside it.

mod check;
mod editor;
mod expand;
#[cfg(test)]
mod fronts;
mod host;
#[cfg(test)]
mod invariants;
mod item;
mod literal;
#[cfg(test)]
mod mistakes;
#[cfg(test)]
mod no_panic;
mod parse;
#[cfg(test)]
mod plain_secrets;
#[cfg(test)]
#[path = "../../fuzz/src/readers.rs"]
mod readers;
mod report;
#[cfg(test)]
mod roundtrip;
#[cfg(test)]
mod rules;
mod sign;
mod source;
#[cfg(test)]
mod splits;
mod stream;

use proc_macro::TokenStream;

/// Declares an ecosystem and expands to a value of the type `promethean::Ecosystem`.
#[proc_macro]
pub fn ecosystem(input: TokenStream) -> TokenStream {
    let parsed = parse::ecosystem(input.into());
    let checked = check::ecosystem(parsed);
    let signed = sign::ecosystem(&checked);
    let expanded = expand::ecosystem(&checked, signed);
    expanded.into()
}
