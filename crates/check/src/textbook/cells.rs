//! Configurations: a small number for each process.

use std::fmt;

use evenkeel_system::Pack;

/// Sixteen numbers from 0 to 15.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Cells(u64);

impl Cells {
    /// How many there are.
    pub const N: usize = 16;

    /// The number at `i`.
    #[inline]
    pub fn get(self, i: usize) -> u8 {
        (self.0 >> (4 * i)) as u8 & 15
    }

    /// The same, but for `value` at `i`.
    #[must_use]
    #[inline]
    pub fn with(self, i: usize, value: u8) -> Cells {
        debug_assert!(i < Cells::N && value < 16, "cell {i} cannot hold {value}");
        Cells(self.0 & !(15 << (4 * i)) | u64::from(value) << (4 * i))
    }

    /// Every way to fill the first `domains.len()` cells, the `i`-th with numbers below `domains[i]`; the others are 0.
    pub fn all(domains: &[u8]) -> Vec<Cells> {
        domains.iter().enumerate().fold(vec![Cells::default()], |shorter, (i, &domain)| {
            shorter.into_iter().flat_map(|cells| (0..domain).map(move |value| cells.with(i, value))).collect()
        })
    }
}

/// Takes one word where the upper eight numbers are 0.
impl Pack for Cells {
    #[inline]
    fn pack(&self, words: &mut Vec<u32>) {
        words.push(self.0 as u32);
        if self.0 >> 32 != 0 {
            words.push((self.0 >> 32) as u32);
        }
    }

    #[inline]
    fn unpack(words: &[u32]) -> Self {
        let upper = words.get(1).copied().unwrap_or(0);
        Cells(u64::from(words[0]) | u64::from(upper) << 32)
    }
}

impl fmt::Debug for Cells {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries((0..Cells::N).map(|i| self.get(i))).finish()
    }
}
