//! Migrations: numbered files, forward only, each recorded with its digest in the store that it was applied to.

use rusqlite::{Connection, TransactionBehavior, params};

use super::super::error::StoreError;
use crate::crypto::sha256;

struct Migration {
    number: u32,
    name: &'static str,
    sql: &'static str,
}

macro_rules! migration {
    ($number:literal, $name:literal) => {
        Migration { number: $number, name: $name, sql: include_str!(concat!("../migrations/", $name, ".sql")) }
    };
}

const MIGRATIONS: &[Migration] = &[
    migration!(1, "0001_subjects"),
    migration!(2, "0002_ledger"),
    migration!(3, "0003_exchange"),
    migration!(4, "0004_notices"),
    migration!(5, "0005_bulk"),
];

/// Brings the store up to the last migration that this program has, all in one transaction.
///
/// # Errors
///
/// [`StoreError::Newer`] where the store has seen a newer program, [`StoreError::ForeignMigration`] where a number
/// stands for something else there.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    apply(connection, MIGRATIONS)
}

fn apply(connection: &mut Connection, migrations: &[Migration]) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(
        "CREATE TABLE IF NOT EXISTS schema_migration (
             number INTEGER PRIMARY KEY,
             name   TEXT NOT NULL,
             digest BLOB NOT NULL
         )",
    )?;
    let applied = transaction
        .prepare("SELECT number, digest FROM schema_migration ORDER BY number")?
        .query_map([], |row| Ok((row.get::<_, u32>(0)?, row.get::<_, Vec<u8>>(1)?)))?
        .collect::<Result<Vec<_>, _>>()?;
    let known = migrations.last().map_or(0, |last| last.number);
    for (number, digest) in &applied {
        match migrations.iter().find(|migration| migration.number == *number) {
            Some(migration) if sha256(migration.sql.as_bytes())[..] == digest[..] => {}
            Some(_) => return Err(StoreError::ForeignMigration(*number)),
            None => return Err(StoreError::Newer { found: *number, known }),
        }
    }
    let last = applied.last().map_or(0, |(number, _)| *number);
    for migration in migrations.iter().filter(|migration| migration.number > last) {
        transaction.execute_batch(migration.sql)?;
        transaction.execute(
            "INSERT INTO schema_migration (number, name, digest) VALUES (?1, ?2, ?3)",
            params![migration.number, migration.name, sha256(migration.sql.as_bytes())],
        )?;
    }
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_are_numbered_without_gaps_and_named_by_their_number() {
        for (position, migration) in MIGRATIONS.iter().enumerate() {
            assert_eq!(migration.number as usize, position + 1);
            assert!(migration.name.starts_with(&format!("{:04}_", migration.number)), "{}", migration.name);
        }
        let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/store/migrations")).expect("folder");
        assert_eq!(files.count(), MIGRATIONS.len());
    }

    #[test]
    fn a_store_is_migrated_once_and_a_newer_or_foreign_one_is_refused() {
        let mut connection = Connection::open_in_memory().expect("memory");
        apply(&mut connection, &MIGRATIONS[..1]).expect("first");
        migrate(&mut connection).expect("the rest");
        migrate(&mut connection).expect("nothing left to do");
        assert_eq!(apply(&mut connection, &MIGRATIONS[..2]), Err(StoreError::Newer { found: 3, known: 2 }));
        connection.execute("UPDATE schema_migration SET digest = x'00' WHERE number = 2", []).expect("update");
        assert_eq!(migrate(&mut connection), Err(StoreError::ForeignMigration(2)));
    }
}
