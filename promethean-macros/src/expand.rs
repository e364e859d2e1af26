//! The expansion: an expression of the type `Ecosystem`, whatever the tokens were.

use proc_macro2::{Ident, Literal, TokenStream};
use promethean_core::attribute::ExpressionType;
use quote::{quote, quote_spanned};

use crate::editor;
use crate::item;
use crate::literal::raw_string;
use crate::parse::{Expression, Link, Module, Parsed};
use crate::report::{compile_errors, generated_at};
use crate::sign::Signed;

/// The compile errors, what makes names live in an editor, and the handle.
pub(crate) fn ecosystem(checked: &Parsed, signed: Signed) -> TokenStream {
    let errors = compile_errors(&checked.problems, &checked.source);
    let names = editor::names(checked);
    let handle = editor::unevaluated(handle(checked, signed));
    quote!({ #errors #names #handle })
}

/// The handle: the literal, the ecosystems it refers to and its expressions.
fn handle(parsed: &Parsed, signed: Signed) -> TokenStream {
    let Signed { json, id, signature, checks } = signed;
    let (literal, signature) = (raw_string(&json), Literal::byte_string(&signature));
    let links = parsed.links.iter().map(link);
    let link_count = parsed.links.len();
    let expressions = parsed.expressions.iter().map(expression);
    let expression_count = parsed.expressions.len();
    let item = item::name().unwrap_or_default();
    let modules = parsed.modules.iter().map(|Module { name, file }| {
        quote! {
            #[path = #file]
            mod #name;
        }
    });
    let file = match item::file_elsewhere() {
        Some(file) => quote!(#file),
        None => quote!(::std::file!()),
    };
    // The names are unlikely ones: the user's paths and expressions see these items.
    quote! {
        #(#modules)*
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
            package: ::std::env!("CARGO_PKG_NAME"),
            place: ::promethean::__private::Location {
                file: #file,
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
