//! The expansion: an expression of the type `Ecosystem`, whatever the tokens were.

use std::io;

use proc_macro2::{Ident, Literal, Span, TokenStream};
use promethean_core::attribute::ExpressionType;
use promethean_core::check::{Surroundings, check};
use promethean_core::declaration::Declaration;
use quote::{quote, quote_spanned};

use crate::across::Across;
use crate::editor;
use crate::item;
use crate::parse::{self, Expression, Link, Parsed};
use crate::report::{compile_errors, generated_at};

/// Parses, checks and expands.
pub(crate) fn ecosystem(input: TokenStream) -> TokenStream {
    let mut parsed = parse::ecosystem(input);
    let directory = std::env::var_os("CARGO_MANIFEST_DIR");
    let surroundings = Surroundings { directory: directory.as_ref().map(AsRef::as_ref) };
    let problems = check(&parsed.declaration, surroundings);
    parsed.add_problems(problems);
    let errors = compile_errors(&parsed.problems, &parsed.source);
    let names = editor::names(&parsed);
    let handle = editor::unevaluated(handle(&parsed));
    quote!({ #errors #names #handle })
}

/// The handle: the literal, the ecosystems it refers to and its expressions.
fn handle(parsed: &Parsed) -> TokenStream {
    let json = json(&parsed.declaration);
    let Across { id, signature, checks } = Across::of(parsed, &json);
    let (literal, signature) = (raw_string(&json), Literal::byte_string(&signature));
    let links = parsed.links.iter().map(link);
    let link_count = parsed.links.len();
    let expressions = parsed.expressions.iter().map(expression);
    let expression_count = parsed.expressions.len();
    let item = item::name().unwrap_or_default();
    // The names are unlikely ones: the user's paths and expressions see these items.
    quote! {
        static __PROMETHEAN_LINKS: [::promethean::__private::Link; #link_count] = [#(#links),*];
        static __PROMETHEAN_EXPRESSIONS:
            [fn() -> ::std::string::String; #expression_count] = [#(#expressions),*];
        const __PROMETHEAN_SIGNATURE: &[u8] = #signature;
        static __PROMETHEAN_DECODED:
            ::std::sync::OnceLock<::promethean::__private::Declaration> =
            ::std::sync::OnceLock::new();
        #checks
        ::promethean::Ecosystem::from_literal(::promethean::__private::Literal {
            json: #literal,
            id: #id,
            signature: __PROMETHEAN_SIGNATURE,
            decoded: &__PROMETHEAN_DECODED,
            directory: ::std::env!("CARGO_MANIFEST_DIR"),
            place: ::promethean::__private::Place {
                file: ::std::file!(),
                line: ::std::line!(),
                column: ::std::column!(),
            },
            item: #item,
            links: &__PROMETHEAN_LINKS,
            expressions: &__PROMETHEAN_EXPRESSIONS,
        })
    }
}

fn link(link: &Link) -> TokenStream {
    let Link { path, tokens, span } = link;
    let reference = quote_spanned!(generated_at(*span)=> &);
    quote!(::promethean::__private::Link { path: #path, ecosystem: #reference #tokens })
}

/// A function that evaluates an expression; its type is checked on the expression's own span.
fn expression(expression: &Expression) -> TokenStream {
    let Expression { kind, tokens, span } = expression;
    let span = generated_at(*span);
    let (convert, exact) = match kind {
        ExpressionType::Boolean => ("boolean", Some(quote_spanned!(span=> bool))),
        ExpressionType::Integer => ("integer", None),
        ExpressionType::Duration => {
            ("duration", Some(quote_spanned!(span=> ::core::time::Duration)))
        }
        ExpressionType::Bytes => ("bytes", Some(quote_spanned!(span=> u64))),
        ExpressionType::Text => {
            return quote_spanned!(span=> || ::promethean::__private::text(&(#tokens)));
        }
    };
    let convert = Ident::new(convert, span);
    match exact {
        // A wrong type is then one of the expression, not of an argument of ours.
        Some(exact) => quote_spanned! {span=>
            || {
                let value: #exact = #tokens;
                ::promethean::__private::#convert(value)
            }
        },
        None => quote_spanned!(span=> || ::promethean::__private::#convert(#tokens)),
    }
}

/// The declaration, with a line for each unit.
fn json(declaration: &Declaration) -> String {
    let mut json = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut json, UnitPerLine::default());
    let written = serde::Serialize::serialize(declaration, &mut serializer);
    debug_assert!(written.is_ok(), "a declaration is always JSON: {written:?}");
    String::from_utf8(json).unwrap_or_default()
}

/// A text as a raw string, which a person can read in the expansion.
fn raw_string(text: &str) -> TokenStream {
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
