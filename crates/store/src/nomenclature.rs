//! Releases of the HLA nomenclature as the operator supplied them, and which of them is in use.

use domain::audit::{Fields, Hash};
use domain::id::ChangeId;
use domain::time::Instant;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;
use crate::sql::{execute, fetch_all, fetch_optional, insert_rows};
use crate::tx::{EventPlace, Tx};

/// A release: table `nomenclature`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct NomenclatureRow {
    /// Its own name of itself, such as `3.58.0`.
    pub version: String,
    /// When it was loaded, µs.
    pub loaded_at: i64,
    /// [`files_digest`] of its files.
    pub digest: Vec<u8>,
    /// Chain of the event that loaded it.
    pub event_chain: i64,
    /// Number of that event.
    pub event_seq: i64,
}

impl NomenclatureRow {
    /// The digest for the audit chain.
    #[must_use]
    pub fn row_digest(&self) -> Hash {
        Fields::new("nomenclature").text(&self.version).int(self.loaded_at).bytes(&self.digest).finish()
    }
}

/// The digest of a change of the release in use.
#[must_use]
pub fn use_digest(change: Uuid, version: &str) -> Hash {
    Fields::new("nomenclature_use").id(change).text(version).finish()
}

/// A file of a release: its name in the folder and its bytes.
pub type NomenclatureFile = (String, Vec<u8>);

/// The digest of a release's files, whatever their order.
#[must_use]
pub fn files_digest(files: &[NomenclatureFile]) -> Hash {
    let mut files: Vec<&NomenclatureFile> = files.iter().collect();
    files.sort_unstable();
    let fields = Fields::new("nomenclature files");
    files.iter().fold(fields, |fields, (name, content)| fields.text(name).bytes(content)).finish()
}

/// Adds a release with its files; `place` is the event's that records it.
///
/// # Errors
/// As the driver, also when there is this release already.
pub async fn nomenclature_add(
    tx: &mut Tx,
    version: &str,
    at: Instant,
    files: &[NomenclatureFile],
    place: EventPlace,
) -> Result<NomenclatureRow, StoreError> {
    let row = NomenclatureRow {
        version: version.to_owned(),
        loaded_at: at.0,
        digest: files_digest(files).to_vec(),
        event_chain: place.chain,
        event_seq: place.seq,
    };
    execute!(
        &mut tx.conn(),
        "insert into nomenclature (version, loaded_at, digest, event_chain, event_seq) values ($1, $2, $3, $4, $5)",
        &row.version,
        row.loaded_at,
        &row.digest,
        row.event_chain,
        row.event_seq
    )?;
    let conn = &mut tx.conn();
    insert_rows!(conn, "insert into nomenclature_file (version, name, content) ", files, |bind, file| {
        bind.push_bind(version.to_owned()).push_bind(&file.0).push_bind(&file.1);
    })?;
    Ok(row)
}

/// Makes a release the one in use from `change` on.
///
/// # Errors
/// As the driver.
pub async fn nomenclature_use(
    tx: &mut Tx,
    change: ChangeId,
    version: &str,
    place: EventPlace,
) -> Result<Hash, StoreError> {
    execute!(
        &mut tx.conn(),
        "insert into nomenclature_use (change_id, version, event_chain, event_seq) values ($1, $2, $3, $4)",
        change.0,
        version,
        place.chain,
        place.seq
    )?;
    Ok(use_digest(change.0, version))
}

/// The release that was in use when the registry stood at `number` ([`i64::MAX`]: now), if any.
///
/// # Errors
/// As the driver.
pub async fn nomenclature_at(conn: &mut Conn<'_>, number: i64) -> Result<Option<String>, StoreError> {
    let found = fetch_optional!(
        conn,
        (String,),
        "select u.version from nomenclature_use u join registry_change c on c.id = u.change_id \
         where c.number <= $1 order by c.number desc limit 1",
        number
    )?;
    Ok(found.map(|(version,)| version))
}

/// A release, if it was ever loaded.
///
/// # Errors
/// As the driver.
pub async fn nomenclature_get(
    conn: &mut Conn<'_>,
    version: &str,
) -> Result<Option<NomenclatureRow>, StoreError> {
    fetch_optional!(conn, NomenclatureRow, "select * from nomenclature where version = $1", version)
}

/// Every release that was loaded, the newest first.
///
/// # Errors
/// As the driver.
pub async fn nomenclatures(conn: &mut Conn<'_>) -> Result<Vec<NomenclatureRow>, StoreError> {
    fetch_all!(conn, NomenclatureRow, "select * from nomenclature order by loaded_at desc, version desc")
}

/// The files of a release.
///
/// # Errors
/// As the driver.
pub async fn nomenclature_files(
    conn: &mut Conn<'_>,
    version: &str,
) -> Result<Vec<NomenclatureFile>, StoreError> {
    fetch_all!(
        conn,
        (String, Vec<u8>),
        "select name, content from nomenclature_file where version = $1 order by name",
        version
    )
}

/// Which files every release has: version, name, bytes.
///
/// # Errors
/// As the driver.
pub async fn nomenclature_sizes(conn: &mut Conn<'_>) -> Result<Vec<(String, String, i64)>, StoreError> {
    fetch_all!(
        conn,
        (String, String, i64),
        "select version, name, cast(length(content) as bigint) from nomenclature_file order by version, name"
    )
}
