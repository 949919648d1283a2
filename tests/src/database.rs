//! Databases, read back with plain SQL.

use std::path::{Path, PathBuf};

use connector_runtime::destination::Sqlite;
use rusqlite::types::{FromSql, ValueRef};
use rusqlite::{Connection, OpenFlags, Row};
use tempfile::TempDir;

use crate::api::Item;

/// A folder of its own for one test; it goes when the test ends.
pub struct Folder(TempDir);

impl Folder {
    /// An empty folder.
    ///
    /// # Panics
    ///
    /// When there is no room for one.
    #[expect(clippy::new_without_default, reason = "it makes a folder")]
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    /// An empty folder that is kept in memory, where the system has a place for that: for tests that
    /// write more than they look at.
    ///
    /// # Panics
    ///
    /// When there is no room for one.
    pub fn in_memory() -> Self {
        let place = Path::new("/dev/shm");
        match place.is_dir() {
            true => Self(tempfile::tempdir_in(place).expect("a folder")),
            false => Self::new(),
        }
    }

    /// Its own path, after it was opened to every user.
    ///
    /// # Panics
    ///
    /// When it is not ours.
    #[cfg(unix)]
    pub fn open_to_all(&self) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;
        let open = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(self.0.path(), open).expect("our own folder");
        self.0.path().to_owned()
    }

    /// The path of a file in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The lock files in it.
    ///
    /// # Panics
    ///
    /// When it is not there.
    pub fn locks(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.0.path()).expect("a folder");
        let names = files.filter_map(|file| file.ok()?.file_name().into_string().ok());
        names.filter(|name| name.ends_with(".lock")).collect()
    }

    /// A database in it, which need not exist.
    pub fn database(&self) -> Database {
        self.database_of("test.db")
    }

    /// A database of this name in it, which need not exist.
    pub fn database_of(&self, name: &str) -> Database {
        Database { path: self.path(name), folder: None }
    }

    /// A database that takes its folder with it.
    pub fn into_database(self) -> Database {
        Database { path: self.path("test.db"), folder: Some(self) }
    }
}

/// A database file.
pub struct Database {
    path: PathBuf,
    #[expect(dead_code, reason = "it goes with the database")]
    folder: Option<Folder>,
}

impl Database {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file as a destination.
    pub fn destination(&self) -> Sqlite {
        Sqlite::file(&self.path)
    }

    /// A connection for reading.
    ///
    /// # Panics
    ///
    /// When there is no database.
    pub fn reader(&self) -> Connection {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Connection::open_with_flags(&self.path, flags).expect("a database")
    }

    /// Executes statements, as another program would.
    ///
    /// # Panics
    ///
    /// When SQLite refuses them.
    pub fn execute(&self, sql: &str) {
        let connection = Connection::open(&self.path).expect("a database");
        connection.execute_batch(sql).expect("valid SQL");
    }

    /// Every row of a query.
    ///
    /// # Panics
    ///
    /// When the query or a row is not as expected.
    pub fn query<T>(&self, sql: &str, read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>) -> Vec<T> {
        let connection = self.reader();
        let mut statement = connection.prepare(sql).expect("valid SQL");
        let rows = statement.query_map([], read).expect("a query");
        rows.collect::<Result<_, _>>().expect("rows of the expected types")
    }

    /// Every row of a query, as texts.
    pub fn texts(&self, sql: &str) -> Vec<crate::Row> {
        self.query(sql, |row| {
            (0..row.as_ref().column_count()).map(|at| text(row.get_ref(at)?)).collect()
        })
    }

    /// The first column of every row.
    pub fn column<T: FromSql>(&self, sql: &str) -> Vec<T> {
        self.query(sql, |row| row.get(0))
    }

    /// The only value of a query with one row.
    ///
    /// # Panics
    ///
    /// When there are more rows or fewer.
    pub fn value<T: FromSql>(&self, sql: &str) -> T {
        let mut values = self.column(sql);
        assert_eq!(values.len(), 1, "rows of {sql}");
        values.remove(0)
    }

    /// The rows of the table `resource_name`, by key.
    pub fn items(&self) -> Vec<Item> {
        self.query("SELECT id, name, value FROM resource_name ORDER BY id", |row| {
            Ok(Item { id: row.get(0)?, name: row.get(1)?, value: row.get(2)? })
        })
    }

    /// The state of a resource.
    ///
    /// # Panics
    ///
    /// When there is none.
    pub fn state(&self, resource: &str) -> serde_json::Value {
        let sql = format!("SELECT state FROM _connector_state WHERE resource = '{resource}'");
        serde_json::from_str(&self.value::<String>(&sql)).expect("the state is JSON")
    }

    /// The bytes of every file of the database.
    pub fn bytes(&self) -> Vec<u8> {
        let files = ["", "-wal", "-shm"].map(|suffix| {
            let mut path = self.path.clone().into_os_string();
            path.push(suffix);
            std::fs::read(path).unwrap_or_default()
        });
        files.concat()
    }
}

fn text(value: ValueRef<'_>) -> rusqlite::Result<Option<String>> {
    Ok(match value {
        ValueRef::Null => None,
        ValueRef::Integer(integer) => Some(integer.to_string()),
        ValueRef::Real(real) => Some(real.to_string()),
        ValueRef::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
    })
}
