//! The values of the processes of a configuration, from its number.

/// The largest number of processes.
pub(crate) const PROCESSES_MAX: usize = 64;

/// Numbers of mixed radix, the first process's value counting least. Half of the values are looked up at a time, rather than divided out.
pub(crate) struct Digits {
    /// How many values the lower half has, and of how many configurations of it the table tells.
    n_low: usize,
    low_size: u32,
    n_high: usize,
    low: Vec<u32>,
    high: Vec<u32>,
}

impl Digits {
    pub(crate) fn of(domains: &[u32]) -> Digits {
        let product = |domains: &[u32]| domains.iter().map(|&domain| u64::from(domain)).product::<u64>();
        let size = product(domains);
        let n_low = (0..domains.len()).find(|&n| product(&domains[..n]).pow(2) >= size).unwrap_or(domains.len());
        let (low, high) = domains.split_at(n_low);
        let low_size = product(low) as u32;
        Digits { n_low, low_size, n_high: high.len(), low: rows(low), high: rows(high) }
    }

    #[inline(always)]
    pub(crate) fn read<'v>(&self, number: u32, into: &'v mut [u32; PROCESSES_MAX]) -> &'v [u32] {
        let (high, low) = ((number / self.low_size) as usize, (number % self.low_size) as usize);
        let (first, rest) = into.split_at_mut(self.n_low);
        first.copy_from_slice(&self.low[low * self.n_low..][..self.n_low]);
        rest[..self.n_high].copy_from_slice(&self.high[high * self.n_high..][..self.n_high]);
        &into[..self.n_low + self.n_high]
    }
}

/// The values of every number, one row after the other.
fn rows(domains: &[u32]) -> Vec<u32> {
    let size: u32 = domains.iter().product();
    let mut rows = Vec::with_capacity(size as usize * domains.len());
    for number in 0..size {
        let mut rest = number;
        for &domain in domains {
            rows.push(rest % domain);
            rest /= domain;
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::{Digits, PROCESSES_MAX};

    #[test]
    fn the_first_value_counts_least() {
        let check = |domains: &[u32], number: u32, expect: &[u32]| {
            let mut buffer = [0; PROCESSES_MAX];
            assert_eq!(Digits::of(domains).read(number, &mut buffer), expect, "{number} in {domains:?}");
        };
        check(&[2, 3, 4], 23, &[1, 2, 3]);
        check(&[2, 3, 4], 7, &[1, 0, 1]);
        check(&[5], 3, &[3]);
        check(&[1, 1, 7], 6, &[0, 0, 6]);
    }
}
