//! Decisions: from a fuzzer's bytes, or from a seed.

/// Makes decisions. The same bytes or the same seed make the same ones.
#[derive(Clone, Debug)]
pub struct Dice<'a> {
    bytes: &'a [u8],
    /// What decides when there are no bytes; `None` decides for the first of all choices.
    seed: Option<u64>,
}

impl<'a> Dice<'a> {
    /// Decides by these bytes, and for the first of all choices when they are used up: a small
    /// change of the bytes is then a small change of what is made of them.
    #[must_use]
    pub fn from_bytes(bytes: &'a [u8]) -> Dice<'a> {
        Dice { bytes, seed: None }
    }

    /// Decides by a seed, for ever.
    #[must_use]
    pub fn from_seed(seed: u64) -> Dice<'static> {
        Dice { bytes: &[], seed: Some(seed) }
    }

    /// Whether the bytes are used up.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.seed.is_none() && self.bytes.is_empty()
    }

    /// A number below `limit`; 0 where there is none.
    pub fn below(&mut self, limit: usize) -> usize {
        let drawn = match &mut self.seed {
            Some(state) => splitmix(state),
            None => {
                let taken = if limit > 256 { 2 } else { 1 };
                let (now, rest) = self.bytes.split_at(taken.min(self.bytes.len()));
                self.bytes = rest;
                now.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
            }
        };
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        usize::try_from(drawn.checked_rem(limit).unwrap_or(0)).unwrap_or(0)
    }

    /// Decides for something that happens once in `times`.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 1
    }

    /// One of these.
    ///
    /// # Panics
    ///
    /// When there are none.
    pub fn choose<'c, T>(&mut self, choices: &'c [T]) -> &'c T {
        &choices[self.below(choices.len())]
    }
}

/// The generator of Steele, Lea and Flood, 2014.
fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
