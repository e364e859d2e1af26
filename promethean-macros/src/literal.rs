//! The declaration as one literal, which a person can read in the expansion.

use std::io;

use proc_macro2::{Literal, Span, TokenStream};
use promethean_core::declaration::Declaration;
use quote::quote;

/// The declaration, with a line for each unit.
pub(crate) fn json(declaration: &Declaration) -> String {
    let mut json = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut json, UnitPerLine::default());
    let written = serde::Serialize::serialize(declaration, &mut serializer);
    debug_assert!(written.is_ok(), "a declaration is always JSON: {written:?}");
    String::from_utf8(json).unwrap_or_default()
}

/// A text as a raw string, which a person can read in the expansion.
pub(crate) fn raw_string(text: &str) -> TokenStream {
    let mut hashes = String::from("#");
    while text.contains(&format!("\"{hashes}")) {
        hashes.push('#');
    }
    match format!("r{hashes}\"{text}\"{hashes}").parse::<Literal>() {
        Ok(mut literal) => {
            literal.set_span(Span::mixed_site());
            quote!(#literal)
        }
        Err(_) => quote!(#text),
    }
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
