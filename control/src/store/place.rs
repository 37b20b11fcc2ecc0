//! Where a database's file was opened, and whether it is still there: SQLite goes on in a file that
//! was removed or replaced, and everything that it writes there is lost.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::OpenError;

pub(super) struct Place {
    path: PathBuf,
    file: Identity,
}

/// The device and the number of a file on it.
type Identity = (u64, u64);

impl Place {
    pub(super) fn of(path: &Path) -> Result<Self, OpenError> {
        let found = std::fs::metadata(path);
        let found = found.map_err(|source| OpenError::File { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), file: identity(&found) })
    }

    /// One look at the folder, a microsecond for each commit.
    pub(super) fn is_still_there(&self) -> bool {
        std::fs::metadata(&self.path).is_ok_and(|found| identity(&found) == self.file)
    }
}

fn identity(file: &Metadata) -> Identity {
    (file.dev(), file.ino())
}
