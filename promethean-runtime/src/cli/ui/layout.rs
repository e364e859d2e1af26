//! How many lines of the screen each part has.

use super::model::Model;

/// Lines that are always there: the system, the head of the table, what is selected, what is done, the keys.
const FIXED: usize = 5;

/// The least that is left for lines of logs.
const LEAST: usize = 3;

/// How many lines each part has, from the top.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    /// The rows of the table.
    pub(super) rows: usize,
    /// What there is to say of what is selected.
    pub(super) remarks: usize,
    /// The lines of the logs.
    pub(super) lines: usize,
}

impl Layout {
    pub(super) fn of(model: &Model) -> Layout {
        let height = usize::from(model.size.1);
        if model.is_wide {
            // Without the table and its head.
            return Layout { rows: 0, remarks: 0, lines: height.saturating_sub(FIXED - 1) };
        }
        let room = height.saturating_sub(FIXED);
        let most = (room * 3 / 5).max(room.saturating_sub(20));
        let rows = model.units().len().min(most.max(1)).min(room);
        let left = room - rows;
        let remarks = model.remarks().len().min(left.saturating_sub(LEAST)).min(left / 2);
        Layout { rows, remarks, lines: left - remarks }
    }
}
