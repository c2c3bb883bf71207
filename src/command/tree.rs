//! A tree of lines, as a terminal shows it.

use std::fmt;

/// A line with the lines below it.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    line: String,
    below: Vec<Tree>,
}

impl Tree {
    /// A line with nothing below it yet.
    pub(super) fn new(line: impl Into<String>) -> Self {
        Self { line: line.into(), below: Vec::new() }
    }

    /// Adds a line below.
    pub(super) fn leaf(&mut self, line: impl Into<String>) {
        self.below.push(Self::new(line));
    }

    /// Adds a tree below.
    pub(super) fn branch(&mut self, tree: Self) {
        self.below.push(tree);
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, indent: &str) -> fmt::Result {
        for (index, tree) in self.below.iter().enumerate() {
            let last = index + 1 == self.below.len();
            let (branch, below) = if last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            writeln!(f, "{indent}{branch}{}", tree.line)?;
            tree.write(f, &format!("{indent}{below}"))?;
        }
        Ok(())
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.line)?;
        self.write(f, "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_are_drawn_to_their_last_leaf() {
        let mut tree = Tree::new("a");
        let mut branch = Tree::new("b");
        branch.leaf("c");
        branch.leaf("d");
        tree.branch(branch);
        tree.leaf("e");
        assert_eq!(tree.to_string(), "a\n├─ b\n│  ├─ c\n│  └─ d\n└─ e\n");
    }
}
