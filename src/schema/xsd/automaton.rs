//! The content of an element as an automaton: what may stand first, what behind it, and where it may end.
//!
//! Repetition of a single element or wildcard is counted; repetition of a group is written out, up to a limit. All ways
//! through are followed at once, so that no order of trying decides.

use std::collections::HashSet;

use super::model::Wildcard;

/// States that one content may take when its repetitions are written out.
const MOST_STATES: usize = 50_000;

/// What content may be, before it is compiled.
#[derive(Clone, Debug)]
pub(super) struct Particle {
    pub(super) term: Term,
    pub(super) least: u32,
    /// Nothing for any number.
    pub(super) most: Option<u32>,
}

impl Particle {
    /// Elements and groups in it, itself included.
    pub(super) fn size(&self) -> usize {
        match &self.term {
            Term::Element(_) | Term::Any(_) => 1,
            Term::Sequence(parts) | Term::Choice(parts) => 1 + parts.iter().map(Self::size).sum::<usize>(),
        }
    }
}

/// One term of content.
#[derive(Clone, Debug)]
pub(super) enum Term {
    /// An element, by its index.
    Element(usize),
    Any(Wildcard),
    Sequence(Vec<Particle>),
    Choice(Vec<Particle>),
}

/// A compiled content.
#[derive(Debug)]
pub(super) struct Automaton {
    states: Vec<State>,
    start: usize,
}

#[derive(Debug)]
enum State {
    Split(Vec<usize>),
    Leaf { leaf: Leaf, least: u32, most: Option<u32>, next: usize },
    End,
}

/// What takes one element.
#[derive(Clone, Debug)]
pub(super) enum Leaf {
    Element(usize),
    Any(Wildcard),
}

/// Where one is, after so many elements: states, each with how often its leaf has taken one.
#[derive(Clone, Debug, Default)]
pub(super) struct Position {
    states: Vec<(usize, u32)>,
    /// The same, to be found at once, where they are many.
    known: HashSet<(usize, u32)>,
}

impl Position {
    /// States up to which looking at each is the faster way.
    const FEW: usize = 256;

    /// Adds a state; false where it is there.
    fn insert(&mut self, state: (usize, u32)) -> bool {
        if self.states.len() < Self::FEW {
            if self.states.contains(&state) {
                return false;
            }
        } else {
            if self.known.is_empty() {
                self.known.extend(self.states.iter().copied());
            }
            if !self.known.insert(state) {
                return false;
            }
        }
        self.states.push(state);
        true
    }
}

impl Automaton {
    /// Compiles content.
    ///
    /// # Errors
    /// Groups repeat so often that they cannot be written out.
    pub(super) fn compile(particle: &Particle) -> Result<Self, String> {
        let mut automaton = Self { states: vec![State::End], start: 0 };
        automaton.start = automaton.add(particle, 0)?;
        Ok(automaton)
    }

    fn push(&mut self, state: State) -> Result<usize, String> {
        if self.states.len() >= MOST_STATES {
            return Err(format!("groups that repeat more than {MOST_STATES} elements"));
        }
        self.states.push(state);
        Ok(self.states.len() - 1)
    }

    /// Adds a particle before a state; gives where it begins.
    fn add(&mut self, particle: &Particle, next: usize) -> Result<usize, String> {
        let (least, most) = (particle.least, particle.most);
        if most == Some(0) {
            return Ok(next);
        }
        let leaf = match &particle.term {
            Term::Element(index) => Leaf::Element(*index),
            Term::Any(wildcard) => Leaf::Any(wildcard.clone()),
            Term::Sequence(_) | Term::Choice(_) => return self.add_group(particle, next),
        };
        self.push(State::Leaf { leaf, least, most, next })
    }

    fn add_group(&mut self, particle: &Particle, next: usize) -> Result<usize, String> {
        let mut after = next;
        match particle.most {
            // Round and round: behind one the next may begin.
            None => {
                let again = self.push(State::Split(vec![next]))?;
                let begin = self.add_once(&particle.term, again)?;
                if let Some(State::Split(ways)) = self.states.get_mut(again) {
                    ways.push(begin);
                }
                after = if particle.least == 0 { again } else { begin };
                // The first of those that must stand there is the one that goes round.
                for _ in 1..particle.least {
                    after = self.add_once(&particle.term, after)?;
                }
            }
            Some(most) => {
                for _ in particle.least..most {
                    let begin = self.add_once(&particle.term, after)?;
                    after = self.push(State::Split(vec![begin, next]))?;
                }
                for _ in 0..particle.least {
                    after = self.add_once(&particle.term, after)?;
                }
            }
        }
        Ok(after)
    }

    fn add_once(&mut self, term: &Term, next: usize) -> Result<usize, String> {
        match term {
            Term::Sequence(parts) => {
                let mut after = next;
                for part in parts.iter().rev() {
                    after = self.add(part, after)?;
                }
                // A repetition of nothing must not grow without end unseen.
                if parts.is_empty() { self.push(State::Split(vec![next])) } else { Ok(after) }
            }
            Term::Choice(parts) => {
                let ways = parts.iter().map(|part| self.add(part, next)).collect::<Result<Vec<_>, _>>()?;
                self.push(State::Split(ways))
            }
            Term::Element(_) | Term::Any(_) => Ok(next),
        }
    }

    /// Before the first element.
    pub(super) fn begin(&self) -> Position {
        let mut position = Position::default();
        self.enter(self.start, &mut position);
        position
    }

    /// Adds a state with all that can be reached from it without an element.
    fn enter(&self, state: usize, position: &mut Position) {
        let mut open = vec![(state, 0)];
        while let Some((state, count)) = open.pop() {
            if !position.insert((state, count)) {
                continue;
            }
            match self.states.get(state) {
                Some(State::Split(ways)) => open.extend(ways.iter().rev().map(|way| (*way, 0))),
                Some(State::Leaf { least: 0, next, .. }) => open.push((*next, 0)),
                _ => {}
            }
        }
    }

    /// Takes an element: the leaf that took it and where one is then; nothing where none does. `takes` judges a leaf. A leaf
    /// that names the element comes before a wildcard.
    pub(super) fn step(&self, position: &Position, takes: impl Fn(&Leaf) -> bool) -> Option<(&Leaf, Position)> {
        let (mut by, mut next) = (None::<&Leaf>, Position::default());
        for (state, count) in &position.states {
            let Some(State::Leaf { leaf, least, most, next: behind }) = self.states.get(*state) else { continue };
            if most.is_some_and(|most| *count >= most) || !takes(leaf) {
                continue;
            }
            if by.is_none() || matches!((by, leaf), (Some(Leaf::Any(_)), Leaf::Element(_))) {
                by = Some(leaf);
            }
            // Beyond its minimum an unbounded leaf need not count.
            let count = if most.is_none() { (count + 1).min(*least) } else { count + 1 };
            next.insert((*state, count));
            if count >= *least {
                self.enter(*behind, &mut next);
            }
        }
        by.map(|leaf| (leaf, next))
    }

    /// True where the content may end.
    pub(super) fn may_end(&self, position: &Position) -> bool {
        position.states.iter().any(|(state, _)| matches!(self.states.get(*state), Some(State::End)))
    }

    /// Every element that may stand somewhere.
    pub(super) fn elements(&self) -> Vec<usize> {
        let each = self.states.iter().filter_map(|state| match state {
            State::Leaf { leaf: Leaf::Element(index), .. } => Some(*index),
            _ => None,
        });
        each.collect()
    }

    /// What may stand next.
    pub(super) fn expected(&self, position: &Position) -> Vec<&Leaf> {
        let open = position.states.iter().filter_map(|(state, count)| match self.states.get(*state) {
            Some(State::Leaf { leaf, most, .. }) if most.is_none_or(|most| *count < most) => Some(leaf),
            _ => None,
        });
        open.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(index: usize, least: u32, most: Option<u32>) -> Particle {
        Particle { term: Term::Element(index), least, most }
    }

    fn accepts(automaton: &Automaton, word: &str) -> bool {
        let mut position = automaton.begin();
        for letter in word.bytes() {
            let wanted = usize::from(letter - b'a');
            match automaton.step(&position, |leaf| matches!(leaf, Leaf::Element(index) if *index == wanted)) {
                Some((_, next)) => position = next,
                None => return false,
            }
        }
        automaton.may_end(&position)
    }

    #[test]
    fn every_way_through_is_followed() {
        let sequence = |parts| Term::Sequence(parts);
        for (term, least, most, right, wrong) in [
            (
                sequence(vec![element(0, 1, Some(1)), element(1, 0, Some(1))]),
                1,
                Some(1),
                &["a", "ab"][..],
                &["", "b", "aab", "abb"][..],
            ),
            (sequence(vec![element(0, 2, Some(3))]), 2, Some(2), &["aaaa", "aaaaa", "aaaaaa"], &["aaa", "aaaaaaa"]),
            (
                Term::Choice(vec![element(0, 1, Some(1)), element(1, 2, Some(2))]),
                0,
                None,
                &["", "a", "bb", "abba"],
                &["b", "ab"],
            ),
            (
                sequence(vec![element(0, 1, Some(1)), element(1, 1, Some(1))]),
                2,
                None,
                &["abab", "ababab"],
                &["ab", "aba", ""],
            ),
            (sequence(vec![element(0, 0, Some(1)), element(1, 0, None)]), 0, None, &["", "abba", "bbb", "aaa"], &["c"]),
            (sequence(vec![]), 3, None, &[""], &["a"]),
            (sequence(vec![element(0, 3, None)]), 1, Some(1), &["aaa", "aaaaaa"], &["aa"]),
            (sequence(vec![element(0, 0, Some(0)), element(1, 1, Some(1))]), 1, Some(1), &["b"], &["ab"]),
        ] {
            let shown = format!("{term:?} {least} {most:?}");
            let automaton = Automaton::compile(&Particle { term, least, most }).expect("compiles");
            for word in right {
                assert!(accepts(&automaton, word), "{word} of {shown}");
            }
            for word in wrong {
                assert!(!accepts(&automaton, word), "{word} of {shown}");
            }
        }
    }

    #[test]
    fn repetitions_that_cannot_be_written_out_are_refused() {
        let mut particle = element(0, 1, Some(1));
        for _ in 0..4 {
            let parts = vec![particle.clone(), element(1, 1, Some(1))];
            particle = Particle { term: Term::Sequence(parts), least: 0, most: Some(100) };
        }
        assert!(Automaton::compile(&particle).is_err());
    }
}
