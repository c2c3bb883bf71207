//! Random choices from one seed.

use proptest::prelude::Rng as _;
use proptest::test_runner::TestRng;

/// Draws from the generator of the test runner.
pub(super) struct Draw<'r>(pub(super) &'r mut TestRng);

impl Draw<'_> {
    /// A number below `most`, which is above nought.
    pub(super) fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.0.next_u64() % u64::try_from(most.max(1)).expect("a count")).expect("a count")
    }

    /// True in so many of a hundred.
    pub(super) fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    pub(super) fn one<'v, T: ?Sized>(&mut self, of: &[&'v T]) -> &'v T {
        of[self.below(of.len())]
    }

    pub(super) fn of<'v, T>(&mut self, of: &'v [T]) -> &'v T {
        &of[self.below(of.len())]
    }
}
