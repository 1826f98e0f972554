//! A set of people, one bit each, so that a million of them lie near the processor.

/// A set of people by their numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct People {
    words: Vec<u64>,
}

impl People {
    /// Nobody, of so many.
    pub(super) fn none(count: u32) -> Self {
        People {
            words: vec![0; (count as usize).div_ceil(64)],
        }
    }

    /// Everybody, of so many.
    pub(super) fn all(count: u32) -> Self {
        let mut people = People {
            words: vec![u64::MAX; (count as usize).div_ceil(64)],
        };
        if let (Some(last), rest @ 1..) = (people.words.last_mut(), count % 64) {
            *last = (1 << rest) - 1;
        }
        people
    }

    pub(super) fn contains(&self, person: u32) -> bool {
        self.words[person as usize / 64] >> (person % 64) & 1 == 1
    }

    pub(super) fn insert(&mut self, person: u32) {
        self.words[person as usize / 64] |= 1 << (person % 64);
    }

    pub(super) fn remove(&mut self, person: u32) {
        self.words[person as usize / 64] &= !(1 << (person % 64));
    }

    pub(super) fn count(&self) -> u32 {
        self.words.iter().map(|word| word.count_ones()).sum()
    }

    /// Those who are in this set and in the second one, and not in the third.
    pub(super) fn and_not(&self, also: &People, but: &People) -> People {
        let both = self.words.iter().zip(&also.words).zip(&but.words);
        People {
            words: both.map(|((one, also), but)| one & also & !but).collect(),
        }
    }

    /// Takes in all of another set.
    pub(super) fn extend(&mut self, other: &People) {
        for (mine, theirs) in self.words.iter_mut().zip(&other.words) {
            *mine |= theirs;
        }
    }

    /// By number.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        self.words.iter().enumerate().flat_map(|(at, &word)| {
            let mut left = word;
            std::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros())?;
                left &= left - 1;
                Some(at as u32 * 64 + bit)
            })
        })
    }
}
