//! The conditions of a list: those that are asked for stand in the statement, so that an index can serve them.

use rusqlite::{Connection, Row, ToSql, params_from_iter};

/// The conditions of one list, with their values.
#[derive(Default)]
pub(super) struct Conditions<'a> {
    terms: Vec<&'static str>,
    values: Vec<Box<dyn ToSql + 'a>>,
}

impl<'a> Conditions<'a> {
    /// A condition with one `?`, where there is a value for it.
    pub(super) fn and_where<T: ToSql + 'a>(mut self, term: &'static str, value: Option<T>) -> Self {
        if let Some(value) = value {
            self.terms.push(term);
            self.values.push(Box::new(value));
        }
        self
    }

    /// A condition without a value, where it is asked for.
    pub(super) fn and_if(mut self, term: &'static str, asked: bool) -> Self {
        self.terms.extend(asked.then_some(term));
        self
    }

    /// The statement, from `SELECT` to `LIMIT ?`.
    pub(super) fn statement(&self, select: &str, order: &str) -> String {
        let joined = self.terms.join(" AND ");
        let conditions = if joined.is_empty() { joined } else { format!(" WHERE {joined}") };
        format!("{select}{conditions} ORDER BY {order} LIMIT ?")
    }

    /// What they hold for, at most so many. There are few shapes of a list, so that each statement is kept prepared.
    pub(super) fn read<T>(
        mut self,
        connection: &Connection,
        select: &str,
        order: &str,
        limit: u32,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        let sql = self.statement(select, order);
        self.values.push(Box::new(limit));
        connection.prepare_cached(&sql)?.query_map(params_from_iter(self.values), read)?.collect()
    }
}
