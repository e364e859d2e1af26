//! The declaration as one literal, which a person can read in the expansion.

extern crate proc_macro;

use std::io;

use proc_macro2::{Literal, Span, TokenStream};
use promethean_core::declaration::Declaration;
use quote::quote;

/// The declaration, with a line for each unit.
pub(crate) fn json(declaration: &Declaration) -> String {
    let mut json = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut json, UnitPerLine::default());
    let written = serde_core::Serialize::serialize(declaration, &mut serializer);
    debug_assert!(written.is_ok(), "a declaration is always JSON: {written:?}");
    String::from_utf8(json).unwrap_or_default()
}

/// A text as a raw string, which a person can read in the expansion.
pub(crate) fn raw_string(text: &str) -> TokenStream {
    let mut hashes = String::from("#");
    while text.contains(&format!("\"{hashes}")) {
        hashes.push('#');
    }
    written_as(&format!("r{hashes}\"{text}\"{hashes}")).unwrap_or_else(|| quote!(#text))
}

/// A literal as it is written. rustc's own parser is much faster than one that runs without
/// optimization, as macros do.
fn written_as(text: &str) -> Option<TokenStream> {
    if proc_macro::is_available() {
        let mut literal: proc_macro::Literal = text.parse().ok()?;
        literal.set_span(proc_macro::Span::mixed_site());
        return Some(proc_macro::TokenStream::from(proc_macro::TokenTree::from(literal)).into());
    }
    let mut literal: Literal = text.parse().ok()?;
    literal.set_span(Span::mixed_site());
    Some(quote!(#literal))
}

/// Compact JSON, but for a line end before each element of the lists at the top.
#[derive(Default)]
struct UnitPerLine {
    depth: usize,
}

impl serde_json::ser::Formatter for UnitPerLine {
    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth += 1;
        writer.write_all(b"{")
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth -= 1;
        writer.write_all(b"}")
    }

    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        writer.write_all(match (first, self.depth) {
            (true, 1) => b"\n",
            (false, 1) => b",\n",
            (true, _) => b"",
            (false, _) => b",",
        })
    }
}
