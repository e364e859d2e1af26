//! What the expressions of an ecosystem give.

use std::time::Duration;

use smol_str::SmolStr;

use super::scope::{ScopeId, Scopes};
use crate::check::duration;
use crate::number::parse_number;
use crate::problem::Fault;
use crate::span_id::Spanned;
use crate::value::Value;

/// What an expression gives; it is evaluated once for a command.
pub(super) fn evaluate(
    scopes: &Scopes<'_>,
    scope: ScopeId,
    index: usize,
) -> Result<SmolStr, Fault> {
    let result = scopes.evaluate(scope, index).ok_or(Fault::UnknownExpression { index })?;
    match result.contains('\0') {
        true => Err(Fault::NulInText),
        false => Ok(result),
    }
}

/// A value that is a number, with what its expression gives.
pub(super) fn number(
    scopes: &Scopes<'_>,
    scope: ScopeId,
    value: &Spanned<Value>,
) -> Result<Value, Fault> {
    let Value::Expression(index) = value.value else { return Ok(value.value.clone()) };
    let result = evaluate(scopes, scope, index)?;
    Ok(parse_number(&result).map_or(Value::Text(result), Value::from))
}

/// A time, with what its expression gives.
pub(super) fn duration_of(
    scopes: &Scopes<'_>,
    scope: ScopeId,
    name: &'static str,
    value: &Spanned<Value>,
) -> Result<Duration, Fault> {
    let found = number(scopes, scope, value)?;
    duration(name, &found)?.ok_or(Fault::NotADuration { name, found })
}

/// A time that may not be written.
pub(super) fn time(
    scopes: &Scopes<'_>,
    scope: ScopeId,
    name: &'static str,
    value: Option<&Spanned<Value>>,
    otherwise: Duration,
) -> Result<Duration, Fault> {
    value.map_or(Ok(otherwise), |value| duration_of(scopes, scope, name, value))
}
