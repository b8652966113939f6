//! Why the store could not do what it was asked.

use std::path::PathBuf;

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file was written by a later version of claudectl. Nothing was touched.
    #[error("{path} has schema {found}; this version of claudectl knows schemas up to {known}")]
    FromTheFuture {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest schema that this binary knows.
        known: i64,
    },
    /// The file is not a claudectl store, or is damaged.
    #[error("{path} is not a claudectl state file, or it is damaged")]
    NotAStore {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// Another process has held the store for longer than we wait.
    #[error("{path} is held by another process")]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// No room to write.
    #[error("there is no room left to write {path}")]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
    /// The file or its folder cannot be read or written.
    #[error("cannot read or write {path}")]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system or SQLite says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Anything else.
    #[error("{path} failed")]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// A stored text is not what was stored.
    #[error("the state file holds something that this version cannot read")]
    Content(#[from] serde_json::Error),
}

/// SQLite's `SQLITE_IOERR_SHMSIZE`: the file that processes share cannot grow.
const IOERR_SHMSIZE: i32 = 10 | 19 << 8;

impl StoreError {
    /// Gives an error of SQLite its meaning.
    pub(crate) fn from_sqlite(path: &std::path::Path, error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let path = path.to_path_buf();
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { path },
            Some(ErrorCode::DiskFull) => Self::DiskFull { path },
            // Of a full disk it is told by whichever file needs room first.
            _ if error.sqlite_error().is_some_and(|error| error.extended_code == IOERR_SHMSIZE) => {
                Self::DiskFull { path }
            }
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                Self::NotAStore { path, source: error }
            }
            None if matches!(error, rusqlite::Error::FromSqlConversionFailure(..)) => {
                Self::NotAStore { path, source: error }
            }
            // A quota, a limit on the file, a failing disk: SQLite calls all of them by one name.
            Some(
                ErrorCode::CannotOpen
                | ErrorCode::ReadOnly
                | ErrorCode::PermissionDenied
                | ErrorCode::SystemIoFailure,
            ) => Self::Open { path, source: Box::new(error) },
            _ => Self::Sqlite { path, source: error },
        }
    }
}
