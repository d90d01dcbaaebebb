//! Chance that is the same on every machine and in every year: `SplitMix64` (Steele, Lea and Flood, 2014).

/// A row of numbers that a seed and a set's number decide.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// The dice of one set: no set's depend on those of another.
    pub fn of(seed: u64, number: u64) -> Self {
        let mut dice = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ number.wrapping_mul(0xD1B5_4A32_D192_ED03));
        dice.next();
        dice
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 when there is none.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next().checked_rem(end).unwrap_or_default()).unwrap_or_default()
    }

    /// Whether something happens that does so in so many of a hundred cases.
    pub fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    /// Two in so many of a hundred cases, else one.
    pub fn one_or_two(&mut self, chance: usize) -> usize {
        if self.percent(chance) { 2 } else { 1 }
    }

    /// One of these; the default of their type when there are none.
    pub fn pick<T: Clone + Default>(&mut self, from: &[T]) -> T {
        from.get(self.below(from.len())).cloned().unwrap_or_default()
    }

    /// So many of these, at most, in their order.
    pub fn some<T: Clone>(&mut self, from: &[T], count: usize) -> Vec<T> {
        let mut left = count.min(from.len());
        let mut chosen = Vec::new();
        for (index, each) in from.iter().enumerate() {
            let rest = from.len().saturating_sub(index);
            if self.below(rest) < left {
                left = left.saturating_sub(1);
                chosen.push(each.clone());
            }
        }
        chosen
    }
}
