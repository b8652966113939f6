//! Sessions that the published tool had noted, apart from the ledger.

use claudectl_fleet::noted::Noted;
use rusqlite::{Row, params};

use crate::connection::Store;
use crate::error::StoreError;

fn noted(row: &Row<'_>) -> rusqlite::Result<Noted> {
    let number = |at| row.get::<_, i64>(at).map(i64::cast_unsigned);
    Ok(Noted {
        written: row.get(0)?,
        at: row.get(1)?,
        pid: row.get(2)?,
        project: row.get(3)?,
        model: row.get(4)?,
        seconds: number(5)?,
        input: number(6)?,
        output: number(7)?,
        usd_pico: row.get(8)?,
    })
}

impl Store {
    /// Keeps those that are not there yet, and says how many that were. Of several that are the same but for the time,
    /// the first is kept.
    ///
    /// # Errors
    /// When the store fails; then none was kept.
    pub fn put_noted(&mut self, all: &[Noted]) -> Result<u64, StoreError> {
        self.write(|tx| {
            let mut put = tx.prepare_cached(
                "INSERT OR IGNORE INTO noted_session (written, at, pid, project, model, seconds, input, output, usd_pico)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?;
            let mut new = 0;
            for noted in all {
                new += put.execute(params![
                    noted.written,
                    noted.at,
                    noted.pid,
                    noted.project,
                    noted.model,
                    noted.seconds.cast_signed(),
                    noted.input.cast_signed(),
                    noted.output.cast_signed(),
                    noted.usd_pico,
                ])? as u64;
            }
            Ok(new)
        })
    }

    /// All that are kept, the latest first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn noted(&self) -> Result<Vec<Noted>, StoreError> {
        self.read(|db| {
            db.prepare(
                "SELECT written, at, pid, project, model, seconds, input, output, usd_pico FROM noted_session
                 ORDER BY at DESC, id DESC",
            )?
            .query_map([], noted)?
            .collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use claudectl_fleet::noted::parse;

    #[test]
    fn doubled_rows_are_one() {
        let mut store = Store::in_memory().unwrap();
        let row = |text: &str| parse(text.as_bytes()).unwrap();
        let rows = [
            row("2026-03-01T10:00:00Z,1,p,m,60,100,10,0.5"),
            row("2026-03-01T10:00:02Z,1,p,m,62,100,10,0.5"),
            row("2026-03-02T10:00:00Z,1,p,m,60,100,11,0.5"),
        ];
        assert_eq!(store.put_noted(&rows).unwrap(), 2);
        assert_eq!(store.put_noted(&rows).unwrap(), 0, "again changes nothing");
        assert_eq!(store.noted().unwrap(), [rows[2].clone(), rows[0].clone()]);
        let mut buckets = 0;
        store.buckets(None, |_, _| buckets += 1).unwrap();
        assert_eq!((buckets, store.sessions().unwrap().len()), (0, 0), "the ledger knows nothing of it");
    }
}
