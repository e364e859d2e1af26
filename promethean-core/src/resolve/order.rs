//! The order of apps: each after those it depends on, otherwise as they were written.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rustc_hash::FxHashMap;

use super::error::Located;
use super::scope::{NodeId, Scopes};
use super::units::Units;
use crate::problem::Fault;
use crate::problem::texts::OF;

/// Sorts units that are in the order of writing so that each comes after what it depends on. Where
/// that leaves a choice, the one that was written first comes first.
///
/// # Errors
///
/// The way round a cycle, which only a declaration that no compiler checked can have.
pub(super) fn sorted<'w>(
    wanted: &'w [NodeId],
    units: &Units<'_>,
) -> Result<Cow<'w, [NodeId]>, Vec<NodeId>> {
    if wanted.iter().all(|node| units.edges(*node).is_empty()) {
        return Ok(Cow::Borrowed(wanted));
    }
    let position: FxHashMap<NodeId, usize> =
        wanted.iter().enumerate().map(|(position, node)| (*node, position)).collect();
    let mut waiting_for = vec![0_usize; wanted.len()];
    let mut dependents: Vec<Vec<usize>> = vec![Vec::new(); wanted.len()];
    for (own, node) in wanted.iter().enumerate() {
        for edge in units.edges(*node) {
            if let Some(target) = position.get(&edge.target) {
                waiting_for[own] += 1;
                dependents[*target].push(own);
            }
        }
    }
    let mut ready: BinaryHeap<Reverse<usize>> =
        (0..wanted.len()).filter(|position| waiting_for[*position] == 0).map(Reverse).collect();
    let mut order = Vec::with_capacity(wanted.len());
    while let Some(Reverse(next)) = ready.pop() {
        order.push(wanted[next]);
        for dependent in &dependents[next] {
            waiting_for[*dependent] -= 1;
            if waiting_for[*dependent] == 0 {
                ready.push(Reverse(*dependent));
            }
        }
    }
    if order.len() == wanted.len() {
        return Ok(Cow::Owned(order));
    }
    let stuck =
        |node: &NodeId| position.get(node).is_some_and(|position| waiting_for[*position] > 0);
    Err(cycle(wanted.iter().copied().find(|node| stuck(node)), stuck, units))
}

/// The problem for a cycle; `cycle` ends with its first node. It starts from a unit of the main
/// ecosystem, if there is one in it.
pub(super) fn problem(cycle: &[NodeId], scopes: &Scopes<'_>) -> Located {
    let around = cycle.split_last().map_or(cycle, |(_, around)| around);
    let own = around.iter().position(|node| scopes.node(*node).scope == Scopes::MAIN);
    let told = around.iter().cycle().skip(own.unwrap_or_default()).take(cycle.len());
    let mut nodes = told.map(|node| scopes.node(*node));
    let Some(first) = nodes.next() else {
        return Located::new("", Fault::DependencyCycle { path: Vec::new() });
    };
    // The ecosystem is named where the way leads into another one.
    let (mut path, mut before) = (vec![first.name.to_string()], first.scope);
    for node in nodes {
        let elsewhere = node.scope != before && node.scope != first.scope;
        path.push(match elsewhere {
            true => OF.fill(&[&node.name, &scopes.get(node.scope).ecosystem.quoted_title()]),
            false => node.name.to_string(),
        });
        before = node.scope;
    }
    Located::new(first.name.as_str(), Fault::DependencyCycle { path })
}

/// Follows the dependencies among units that never become ready until one comes back.
fn cycle(start: Option<NodeId>, stuck: impl Fn(&NodeId) -> bool, units: &Units<'_>) -> Vec<NodeId> {
    let mut path: Vec<NodeId> = Vec::new();
    let mut next = start;
    while let Some(node) = next {
        if let Some(position) = path.iter().position(|seen| *seen == node) {
            path.push(node);
            return path.split_off(position);
        }
        path.push(node);
        let edges = units.edges(node).iter();
        next = edges.map(|edge| edge.target).find(|target| stuck(target));
    }
    path
}
