//! Releases of the HLA nomenclature: the operator supplies one, all nodes derive everything from it again.

mod sent;

use std::sync::Arc;

use domain::access::Action;
use domain::id::ChangeId;
use domain::refusal::{Refusal, ReleaseFault};
use domain::time::Instant;
use hla::{Release, Table, Tables};
use serde::Serialize;
use store::change::{ChangeOf, change_add, change_publish};
use store::nomenclature::{NomenclatureFile, NomenclatureRow, files_digest};
use store::{Conn, StoreError};

use crate::context::Ctx;
use crate::error::{Answer, ServiceError};

pub use sent::{SENT_AT_MOST, sent_files};

/// No file of a release is near this size.
const LARGEST: u64 = 64 * 1024 * 1024;

/// What became of a release that was supplied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Loaded {
    /// Its name of itself.
    pub version: String,
    /// How many alleles of the known loci it has.
    pub alleles: usize,
    /// File names of tables that it lacks, and so what can't be known.
    pub missing: Vec<&'static str>,
    /// Whether it is newly in use; it was before, otherwise.
    pub changed: bool,
}

/// Reads the tables of a release folder; what else lies there is passed over.
///
/// # Errors
/// [`Refusal::NotARelease`] when a table cannot be read.
pub fn folder_files(folder: &std::path::Path) -> Answer<Vec<NomenclatureFile>> {
    let mut files = Vec::new();
    for table in Table::ALL {
        let path = folder.join(table.file_name());
        let name = || table.file_name().to_owned();
        let size = std::fs::metadata(&path).map(|meta| meta.len());
        match size {
            Ok(size) if size > LARGEST => return Err(fault(ReleaseFault::TooLarge { table: name() })),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Ok(_) | Err(_) => {}
        }
        let content = std::fs::read(&path).map_err(|_| fault(ReleaseFault::Unreadable { table: name() }))?;
        files.push((name(), content));
    }
    Ok(files)
}

fn fault(fault: ReleaseFault) -> ServiceError {
    Refusal::from(fault).into()
}

/// Makes a release of its files.
fn parsed(files: &[NomenclatureFile]) -> Answer<Release> {
    let text = |table: Table| {
        let found = files.iter().find(|(name, _)| name == table.file_name());
        let read = found.map(|(_, content)| std::str::from_utf8(content));
        read.transpose().map_err(|_| fault(ReleaseFault::NotText { table: table.file_name().to_owned() }))
    };
    let tables = Tables {
        names: text(Table::Names)?.ok_or_else(|| fault(ReleaseFault::NamesMissing))?,
        g_groups: text(Table::GGroups)?,
        p_groups: text(Table::PGroups)?,
        serology: text(Table::Serology)?,
        splits: text(Table::Splits)?,
    };
    Release::parse(tables).map_err(|error| fault(error.into()))
}

/// Without these tables nothing is known of proteins and antigens, and the rules would call different what is the same.
/// G groups alone may be missing: a group is then taken for what its own name says, which is never certain.
const NEEDED: [Table; 3] = [Table::PGroups, Table::Serology, Table::Splits];

/// Takes a release in and makes it the one in use. Every node derives its index anew beside the old one, which serves
/// until then. The same files again change nothing; a release that was in use before comes into use again.
///
/// # Errors
/// When not allowed, [`Refusal::NotARelease`], also for one without the tables that the rules need or when other files
/// came under this version before.
pub async fn nomenclature_load(ctx: &Ctx, files: Vec<NomenclatureFile>) -> Answer<Loaded> {
    ctx.authorize(Action::ManageNomenclature)?;
    let parsing = tokio::task::spawn_blocking(move || Ok::<_, ServiceError>((parsed(&files)?, files)));
    let (release, files) = parsing.await.map_err(|_| StoreError::Unavailable)??;
    if let Some(lacking) = NEEDED.iter().find(|table| release.missing().contains(table)) {
        return Err(fault(ReleaseFault::TableMissing { table: lacking.file_name().to_owned() }));
    }
    let version = release.version().unwrap_or_default().to_owned();
    let mut reader = ctx.house.db.read().await?;
    let known = store::nomenclature::nomenclature_get(&mut reader.conn(), &version).await?;
    let in_use = store::nomenclature::nomenclature_at(&mut reader.conn(), i64::MAX).await?;
    drop(reader);
    if known.as_ref().is_some_and(|known| known.digest != files_digest(&files)) {
        return Err(fault(ReleaseFault::OtherFiles { version }));
    }
    let loaded = Loaded {
        alleles: release.allele_count(),
        missing: release.missing().iter().map(|table| table.file_name()).collect(),
        changed: in_use.as_deref() != Some(version.as_str()),
        version,
    };
    if loaded.changed {
        put_in_use(ctx, &loaded.version, known.is_none().then_some(files)).await?;
    }
    Ok(loaded)
}

/// As [`nomenclature_load`], for files as a browser sends them: single tables, or one archive of them.
///
/// # Errors
/// As [`sent_files`] and [`nomenclature_load`].
pub async fn nomenclature_sent(ctx: &Ctx, sent: Vec<NomenclatureFile>) -> Answer<Loaded> {
    ctx.authorize(Action::ManageNomenclature)?;
    let unpacking = tokio::task::spawn_blocking(move || sent_files(sent));
    nomenclature_load(ctx, unpacking.await.map_err(|_| StoreError::Unavailable)??).await
}

/// Takes a release that was loaded before into use again. Whether it is newly in use.
///
/// # Errors
/// When not allowed; [`Refusal::NotFound`].
pub async fn nomenclature_choose(ctx: &Ctx, version: &str) -> Answer<bool> {
    ctx.authorize(Action::ManageNomenclature)?;
    let mut reader = ctx.house.db.read().await?;
    let known = store::nomenclature::nomenclature_get(&mut reader.conn(), version).await?;
    let in_use = store::nomenclature::nomenclature_at(&mut reader.conn(), i64::MAX).await?;
    drop(reader);
    let known = known.ok_or(Refusal::NotFound)?;
    if in_use.as_deref() == Some(known.version.as_str()) {
        return Ok(false);
    }
    put_in_use(ctx, &known.version, None).await?;
    Ok(true)
}

/// Makes a release the one in use; with its files where it is new.
async fn put_in_use(ctx: &Ctx, version: &str, new: Option<Vec<NomenclatureFile>>) -> Answer<()> {
    let (at, version, change) = (ctx.clone(), version.to_owned(), ChangeId(ctx.id()));
    let write = ctx.house.writer.write(move |tx| {
        Box::pin(async move {
            let place = tx.next_event();
            let mut rows = Vec::new();
            if let Some(files) = new {
                let row = store::nomenclature::nomenclature_add(tx, &version, at.now, &files, place).await?;
                rows.push(row.row_digest());
            }
            change_add(tx, change, ChangeOf::Nomenclature, at.now).await?;
            rows.push(store::nomenclature::nomenclature_use(tx, change, &version, place).await?);
            let number = change_publish(tx, change, at.now).await?;
            let mut event = at.event("nomenclature.used", ("registry_change", change.0));
            event.detail = serde_json::json!({ "version": version, "number": number }).to_string();
            tx.record(event, rows);
            Ok::<_, ServiceError>(())
        })
    });
    write.await?;
    ctx.house.registry.wake();
    Ok(())
}

/// A release as the console shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseLine {
    /// Its name of itself.
    pub version: String,
    /// When it was loaded.
    pub loaded_at: Instant,
    /// Its tables with their bytes, in the order of [`Table::ALL`].
    pub tables: Vec<(&'static str, u64)>,
    /// File names of tables that it lacks.
    pub missing: Vec<&'static str>,
    /// Whether it is in use.
    pub in_use: bool,
}

/// What the console shows of the nomenclature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NomenclatureState {
    /// The releases that were loaded, the newest first.
    pub releases: Vec<ReleaseLine>,
    /// The release that this node searches with: the one in use, or the one before while it is taken in. Nothing while
    /// the registry is being read.
    pub searched: Option<Option<String>>,
}

/// The releases with their tables, and what this node searches with.
///
/// # Errors
/// When not allowed.
pub async fn nomenclature_state(ctx: &Ctx) -> Answer<NomenclatureState> {
    let (rows, in_use) = nomenclature_list(ctx).await?;
    let mut reader = ctx.house.db.read().await?;
    let files = store::nomenclature::nomenclature_sizes(&mut reader.conn()).await?;
    drop(reader);
    let releases = rows
        .into_iter()
        .map(|row| {
            let size = |table: Table| {
                let own = |(version, name, _): &&(String, String, i64)| {
                    *version == row.version && name == table.file_name()
                };
                files.iter().find(own).map(|(.., bytes)| (table.file_name(), bytes.unsigned_abs()))
            };
            let tables: Vec<_> = Table::ALL.into_iter().filter_map(size).collect();
            let has = |table: &Table| tables.iter().any(|(name, _)| *name == table.file_name());
            ReleaseLine {
                missing: Table::ALL.iter().filter(|table| !has(table)).map(|t| t.file_name()).collect(),
                in_use: in_use.as_deref() == Some(row.version.as_str()),
                loaded_at: Instant(row.loaded_at),
                version: row.version,
                tables,
            }
        })
        .collect();
    let searched = ctx.house.registry.current().ok().map(|view| view.release().version().map(str::to_owned));
    Ok(NomenclatureState { releases, searched })
}

/// The releases that were loaded, the newest first, and the version of the one in use.
///
/// # Errors
/// When not allowed.
pub async fn nomenclature_list(ctx: &Ctx) -> Answer<(Vec<NomenclatureRow>, Option<String>)> {
    ctx.authorize(Action::ManageNomenclature)?;
    let mut reader = ctx.house.db.read().await?;
    let all = store::nomenclature::nomenclatures(&mut reader.conn()).await?;
    let in_use = store::nomenclature::nomenclature_at(&mut reader.conn(), i64::MAX).await?;
    Ok((all, in_use))
}

/// The release in use, ready to be used; [`Release::none`] where none was loaded. What this node searches with is not
/// read again.
///
/// # Errors
/// As [`release_of`].
pub async fn release_in_use(ctx: &Ctx) -> Answer<Arc<Release>> {
    let mut reader = ctx.house.db.read().await?;
    let version = store::nomenclature::nomenclature_at(&mut reader.conn(), i64::MAX).await?;
    if let Ok(view) = ctx.house.registry.current()
        && view.release().version() == version.as_deref()
    {
        return Ok(Arc::clone(view.release()));
    }
    release_of(&mut reader.conn(), version.as_deref()).await
}

/// The stored release of this version, ready to be used; [`Release::none`] for none.
///
/// # Errors
/// As the store, or when what is stored is no release.
pub async fn release_of(conn: &mut Conn<'_>, version: Option<&str>) -> Answer<Arc<Release>> {
    let Some(version) = version else { return Ok(Arc::new(Release::none())) };
    let files = store::nomenclature::nomenclature_files(conn, version).await?;
    if files.is_empty() {
        return Err(Refusal::NotFound.into());
    }
    let parsed = tokio::task::spawn_blocking(move || parsed(&files)).await;
    Ok(Arc::new(parsed.map_err(|_| StoreError::Unavailable)??))
}
