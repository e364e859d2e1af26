//! The `ecosystem!` macro. Its reference is the documentation of `promethean::ecosystem`.
//!
//! What comes in and what goes out, in the order in which it happens:
//!
//! 1. `stream`: the tokens, read one at a time, with a way back after a mistake;
//! 2. `parse`: tokens to a declaration, production by production of GRAMMAR.md. Whatever a
//!    problem can be about gets a mark, and `source` keeps the spans of the marks;
//! 3. `promethean_core::check`: the rules of the language, over the declaration;
//! 4. `report`: each problem as a compile error on its token;
//! 5. `across`: what other ecosystems have to know of this one, and the checks of those it refers
//!    to, which only rustc can make;
//! 6. `editor`: what makes names live in rust-analyzer, and only there: `host` knows who runs this;
//! 7. `expand`: the declaration as one literal, with the ecosystems it refers to, its Rust
//!    expressions and the name of its `item` beside it.

mod across;
mod editor;
mod expand;
mod host;
#[cfg(test)]
mod invariants;
mod item;
mod parse;
mod report;
#[cfg(test)]
mod robust;
#[cfg(test)]
mod rules;
mod source;
mod stream;
#[cfg(test)]
mod written;

use proc_macro::TokenStream;

/// Declares an ecosystem and expands to a value of the type `promethean::Ecosystem`.
#[proc_macro]
pub fn ecosystem(input: TokenStream) -> TokenStream {
    expand::ecosystem(input.into()).into()
}
