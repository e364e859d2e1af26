//! The checks over several ecosystems, as constants that rustc evaluates: each a call on the token
//! that is wrong when it fails.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use promethean_core::const_check::{
    Argument, Call, Calls, Origin, Signature, Site, calls, hash_of, signature,
};
use promethean_core::ecosystem::quoted_title;
use promethean_core::problem::{Fault, Problem};
use promethean_core::span_id::SpanId;
use quote::{ToTokens as _, quote, quote_spanned};

use crate::item;
use crate::literal::json;
use crate::parse::Parsed;
use crate::report::generated_at;

/// What an ecosystem tells others, and what has to be checked of those it refers to.
pub(crate) struct Signed {
    /// The declaration, as it is written into the expansion.
    pub(crate) json: String,
    /// What tells it from all others.
    pub(crate) id: u64,
    /// What it declares.
    pub(crate) signature: Vec<u8>,
    /// The constants; they refer to `__PROMETHEAN_LINKS` and `__PROMETHEAN_SIGNATURE`.
    pub(crate) checks: TokenStream,
}

/// Signs what was parsed and checked.
pub(crate) fn ecosystem(parsed: &Parsed) -> Signed {
    let Parsed { declaration, links, problems, pending, .. } = parsed;
    let json = json(declaration);
    let place = Span::call_site();
    let (file, start) = (item::file_elsewhere().unwrap_or_else(|| place.file()), place.start());
    let title = quoted_title(declaration, &file, start.line);
    let paths: Vec<&str> = links.iter().map(|link| link.path.as_str()).collect();
    let signature = signature(declaration, &title, &paths, !problems.is_empty());
    // Which ecosystem of a circle reports it is told by the upper half, which is the same
    // wherever the crate lies.
    let at = format!("{}:{}", start.line, start.column);
    let directory = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let id = hash_of(&[&at, &json]) << 32 | hash_of(&[&directory, "\n", &file]) >> 32;
    // What a mistake of this ecosystem leads to elsewhere is not reported.
    let checks = match problems.is_empty() {
        true => {
            let mut calls = calls(declaration, &paths, pending);
            calls.calls.extend(parsed.deferred.iter().filter_map(deferred));
            checks(parsed, id, &calls, &signature.sites)
        }
        false => TokenStream::new(),
    };
    let Signature { bytes, .. } = signature;
    Signed { json, id, signature: bytes, checks }
}

/// The call that reports a name which an ecosystem may have that this one refers to.
fn deferred(Problem { fault, span_id, .. }: &Problem) -> Option<Call> {
    let help = Argument::Text(fault.help().unwrap_or_default());
    let (function, arguments) = match fault {
        Fault::UnknownUnit { target, .. } => {
            ("unit_of_link", vec![Argument::Text(target.clone()), help])
        }
        Fault::UnknownName { what, name, .. } => {
            let is_template = Argument::Flag(*what == "template");
            ("name_of_link", vec![is_template, Argument::Text(name.clone()), help])
        }
        _ => return None,
    };
    Some(Call { function, arguments, span_id: *span_id })
}

fn checks(parsed: &Parsed, id: u64, calls: &Calls, sites: &[Site]) -> TokenStream {
    let Calls { calls, sources } = calls;
    if calls.is_empty() && sources.is_empty() && sites.is_empty() {
        return TokenStream::new();
    }
    let simple = calls.iter().map(|Call { function, arguments, span_id }| {
        let arguments = arguments.iter().map(argument);
        (
            *span_id,
            constant(parsed, function, quote!((__PROMETHEAN_OWN #(, #arguments)*)), *span_id),
        )
    });
    let conflicts = conflicts(sources);
    let meetings = sources.iter().enumerate().map(|(index, Origin { link, unit, span_id })| {
        let conflict = match sources.as_slice() {
            [_] => quote!(#conflicts[0]),
            _ => quote!(__PROMETHEAN_CONFLICTS[#index]),
        };
        let constant = match unit {
            None => {
                let arguments = quote!((__PROMETHEAN_OWN, #link, #conflict));
                constant(parsed, "included", arguments, *span_id)
            }
            Some(unit) => {
                let arguments = quote!((__PROMETHEAN_OWN, #link, #unit, #conflict));
                constant(parsed, "depended_on", arguments, *span_id)
            }
        };
        (*span_id, constant)
    });
    let mut constants: Vec<(SpanId, TokenStream)> = simple.chain(meetings).collect();
    constants.extend(reports(parsed, sites));
    // rustc evaluates them, and reports what fails, in this order.
    constants.sort_by_key(|(span_id, _)| *span_id);
    let constants = constants.into_iter().map(|(_, constant)| constant);
    let count = sources.len();
    let findings = (!sites.is_empty()).then(|| {
        quote! {
            #[allow(long_running_const_eval)]
            const __PROMETHEAN_FINDINGS: ::promethean::__private::Findings =
                ::promethean::__private::findings(__PROMETHEAN_OWN);
        }
    });
    // A constant costs rustc as much as a thousand steps in it, so a single source has none.
    let several = (count > 1).then(|| {
        quote! {
            #[allow(long_running_const_eval)]
            const __PROMETHEAN_CONFLICTS:
                [::core::option::Option<::promethean::__private::Conflict>; #count] = #conflicts;
        }
    });
    quote! {
        const __PROMETHEAN_OWN: ::promethean::__private::View = ::promethean::__private::View::new(
            #id,
            __PROMETHEAN_SIGNATURE,
            &__PROMETHEAN_LINKS,
        );
        #several
        #findings
        #(#constants)*
    }
}

/// How many constants report what was found: of each the first finding is shown.
const REPORTS: usize = 32;

/// The constants that report what was found, each at some sites.
fn reports(parsed: &Parsed, sites: &[Site]) -> Vec<(SpanId, TokenStream)> {
    let mut sites = sites.to_vec();
    sites.sort_by_key(|site| site.span_id);
    let chunks = sites.chunks(sites.len().div_ceil(REPORTS).max(1));
    let constants = chunks.filter_map(|sites| {
        let calls = sites.iter().map(|Site { number, span_id }| {
            call(parsed, "report", quote!((&__PROMETHEAN_FINDINGS, #number)), *span_id)
        });
        let constant = quote! {
            #[allow(long_running_const_eval)]
            const _: () = { #(#calls;)* };
        };
        Some((sites.first()?.span_id, constant))
    });
    constants.collect()
}

/// What asks which units of the sources cannot be in one system.
fn conflicts(sources: &[Origin]) -> TokenStream {
    let sources = sources.iter().map(|Origin { link, unit, .. }| {
        let unit = match unit {
            Some(unit) => quote!(::core::option::Option::Some(#unit)),
            None => quote!(::core::option::Option::None),
        };
        quote!(::promethean::__private::UnitSource { link: #link, unit: #unit })
    });
    quote!(::promethean::__private::conflicts(__PROMETHEAN_OWN, [#(#sources),*]))
}

fn argument(argument: &Argument) -> TokenStream {
    match argument {
        Argument::Number(number) => number.to_token_stream(),
        Argument::Text(text) => text.to_token_stream(),
        Argument::Flag(flag) => flag.to_token_stream(),
        Argument::Given(bits, weaker) => quote!((#bits, #weaker)),
        Argument::Unless(bits, lint) => quote!((#bits, #lint)),
        Argument::Texts(texts) => quote!([#(#texts),*]),
    }
}

/// `const _: () = function(arguments);`, with the call on the tokens of a span id.
fn constant(
    parsed: &Parsed,
    function: &str,
    arguments: TokenStream,
    span_id: SpanId,
) -> TokenStream {
    let call = call(parsed, function, arguments, span_id);
    quote! {
        #[allow(long_running_const_eval)]
        const _: () = #call;
    }
}

/// `function(arguments)`, on the tokens of a span id.
fn call(parsed: &Parsed, function: &str, arguments: TokenStream, span_id: SpanId) -> TokenStream {
    let place = parsed.source.place(span_id);
    let function = Ident::new(function, generated_at(place.first));
    let path = quote_spanned!(generated_at(place.first)=> ::promethean::__private::#function);
    // rustc underlines from the first token to the last.
    let arguments: TokenStream = arguments
        .into_iter()
        .map(|token| match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => {
                let mut spanned = Group::new(Delimiter::Parenthesis, group.stream());
                spanned.set_span(generated_at(place.last));
                TokenTree::Group(spanned)
            }
            other => other,
        })
        .collect();
    quote!(#path #arguments)
}
