//! States as short vectors of words, the form in which a search keeps them.

/// Can be written as words, and read back.
///
/// Packing is injective: `unpack(pack(x)) == x`, and equal values have equal words. The vectors of one system need not be of one length.
pub trait Pack: Sized {
    /// Appends the words of `self`.
    fn pack(&self, words: &mut Vec<u32>);

    /// Reads back what [`Pack::pack`] wrote; `words` is exactly that.
    fn unpack(words: &[u32]) -> Self;
}

impl Pack for u32 {
    #[inline]
    fn pack(&self, words: &mut Vec<u32>) {
        words.push(*self);
    }

    #[inline]
    fn unpack(words: &[u32]) -> Self {
        words[0]
    }
}

impl Pack for u64 {
    #[inline]
    fn pack(&self, words: &mut Vec<u32>) {
        words.extend([*self as u32, (*self >> 32) as u32]);
    }

    #[inline]
    fn unpack(words: &[u32]) -> Self {
        u64::from(words[0]) | u64::from(words[1]) << 32
    }
}

impl Pack for Vec<u32> {
    #[inline]
    fn pack(&self, words: &mut Vec<u32>) {
        words.extend_from_slice(self);
    }

    #[inline]
    fn unpack(words: &[u32]) -> Self {
        words.to_vec()
    }
}

impl<const N: usize> Pack for [u8; N] {
    #[inline]
    fn pack(&self, words: &mut Vec<u32>) {
        for chunk in self.chunks(4) {
            let mut bytes = [0; 4];
            bytes[..chunk.len()].copy_from_slice(chunk);
            words.push(u32::from_le_bytes(bytes));
        }
    }

    #[inline]
    fn unpack(words: &[u32]) -> Self {
        std::array::from_fn(|i| words[i / 4].to_le_bytes()[i % 4])
    }
}

impl Pack for Vec<u8> {
    #[inline]
    fn pack(&self, words: &mut Vec<u32>) {
        words.push(u32::try_from(self.len()).expect("a state has fewer than 2^32 bytes"));
        for chunk in self.chunks(4) {
            let mut bytes = [0; 4];
            bytes[..chunk.len()].copy_from_slice(chunk);
            words.push(u32::from_le_bytes(bytes));
        }
    }

    #[inline]
    fn unpack(words: &[u32]) -> Self {
        (0..words[0] as usize).map(|i| words[1 + i / 4].to_le_bytes()[i % 4]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Pack;

    fn back<T: Pack + PartialEq + std::fmt::Debug>(value: &T) {
        let mut words = Vec::new();
        value.pack(&mut words);
        assert_eq!(T::unpack(&words), *value);
    }

    #[test]
    fn what_was_packed_can_be_read_back() {
        back(&7u32);
        back(&(u64::MAX - 3));
        back(&vec![1u32, 2, 3]);
        back(&[1u8, 2, 3, 4, 5]);
        back(&vec![9u8; 6]);
        back(&Vec::<u8>::new());
    }
}
