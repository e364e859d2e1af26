//! Bytes in constants, where `str` and iterators cannot go.

/// The part from one index up to another; nothing where there is no such part.
pub(super) const fn part(bytes: &'static [u8], from: usize, to: usize) -> &'static [u8] {
    if from > to || to > bytes.len() {
        return b"";
    }
    bytes.split_at(to).0.split_at(from).1
}

/// The index of the first such byte; the length where there is none.
pub(super) const fn find(bytes: &[u8], wanted: u8) -> usize {
    let mut index = 0;
    while index < bytes.len() && bytes[index] != wanted {
        index += 1;
    }
    index
}

/// FNV-1a, over what has been hashed before.
pub(super) const fn hash(bytes: &[u8], before: u64) -> u64 {
    let (mut hash, mut index) = (before, 0);
    while index < bytes.len() {
        hash = (hash ^ bytes[index] as u64).wrapping_mul(0x0100_0000_01b3);
        index += 1;
    }
    hash
}

/// FNV-1a over a name as PM2 writes it into the names of files, on a disk that does not tell `A`
/// from `a`: see `check::names`.
pub(super) const fn folded(name: &[u8], before: u64) -> u64 {
    let (mut hash, mut index) = (before, 0);
    while index < name.len() {
        let byte = name[index];
        index += 1;
        let letter = match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' => byte,
            b'A'..=b'Z' => byte.to_ascii_lowercase(),
            // The further bytes of a character.
            0x80..=0xbf => continue,
            _ => b'-',
        };
        hash = (hash ^ letter as u64).wrapping_mul(0x0100_0000_01b3);
    }
    hash
}

/// What FNV-1a begins with.
pub(super) const HASH_OF_NOTHING: u64 = 0xcbf2_9ce4_8422_2325;

/// Hashes, each with a number; as many as there is room for.
pub(super) struct Table<const SIZE: usize> {
    slots: [(u64, u64); SIZE],
    used: usize,
}

/// What a hash is put in under: 0 is an empty slot.
const fn key(hash: u64) -> u64 {
    if hash == 0 { 1 } else { hash }
}

impl<const SIZE: usize> Table<SIZE> {
    pub(super) const fn new() -> Table<SIZE> {
        Table { slots: [(0, 0); SIZE], used: 0 }
    }

    /// Whether no more can be put in.
    pub(super) const fn is_full(&self) -> bool {
        self.used * 4 >= SIZE * 3
    }

    /// What has been put in under a hash.
    pub(super) const fn get(&self, hash: u64) -> Option<u64> {
        self.slot(hash).1
    }

    /// What has been put in under a hash; else the number is put in, if there is room.
    pub(super) const fn get_or_put(&mut self, hash: u64, number: u64) -> Option<u64> {
        let (slot, known) = self.slot(hash);
        if known.is_none() && !self.is_full() {
            self.slots[slot] = (key(hash), number);
            self.used += 1;
        }
        known
    }

    /// Puts a number in the place of what has been put in under a hash.
    pub(super) const fn replace(&mut self, hash: u64, number: u64) {
        if let (slot, Some(_)) = self.slot(hash) {
            self.slots[slot].1 = number;
        }
    }

    /// The slot of a hash, or the empty one where it would be put; and what is in it.
    const fn slot(&self, hash: u64) -> (usize, Option<u64>) {
        let hash = key(hash);
        let mut slot = (hash % SIZE as u64) as usize;
        loop {
            let (known, value) = self.slots[slot];
            if known == hash {
                return (slot, Some(value));
            }
            if known == 0 {
                return (slot, None);
            }
            slot = (slot + 1) % SIZE;
        }
    }
}
