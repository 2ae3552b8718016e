//! Releases of the HLA nomenclature: the operator supplies one, all nodes derive everything from it again.

use std::sync::Arc;

use domain::access::Action;
use domain::id::ChangeId;
use domain::refusal::Refusal;
use hla::{Release, Table, Tables};
use serde::Serialize;
use store::change::{ChangeOf, change_add, change_publish};
use store::nomenclature::{NomenclatureFile, NomenclatureRow, files_digest};
use store::{Conn, StoreError};

use crate::context::Ctx;
use crate::error::{Answer, ServiceError};

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
        let size = std::fs::metadata(&path).map(|meta| meta.len());
        match size {
            Ok(size) if size > LARGEST => return Err(fault(format!("{}: too large", table.file_name()))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Ok(_) | Err(_) => {}
        }
        let content =
            std::fs::read(&path).map_err(|error| fault(format!("{}: {error}", table.file_name())))?;
        files.push((table.file_name().to_owned(), content));
    }
    Ok(files)
}

fn fault(fault: String) -> ServiceError {
    Refusal::NotARelease { fault }.into()
}

/// Makes a release of its files.
fn parsed(files: &[NomenclatureFile]) -> Answer<Release> {
    let text = |table: Table| {
        let found = files.iter().find(|(name, _)| name == table.file_name());
        let read = found.map(|(_, content)| std::str::from_utf8(content));
        read.transpose().map_err(|_| fault(format!("{}: not UTF-8", table.file_name())))
    };
    let tables = Tables {
        names: text(Table::Names)?.ok_or_else(|| fault(format!("{}: missing", Table::Names.file_name())))?,
        g_groups: text(Table::GGroups)?,
        p_groups: text(Table::PGroups)?,
        serology: text(Table::Serology)?,
        splits: text(Table::Splits)?,
    };
    Release::parse(tables).map_err(|error| fault(error.to_string()))
}

/// Takes a release in and makes it the one in use. Every node derives its index anew beside the old one, which serves
/// until then. The same files again change nothing; a release that was in use before comes into use again.
///
/// # Errors
/// When not allowed, [`Refusal::NotARelease`], or when other files came under this version before.
pub async fn nomenclature_load(ctx: &Ctx, files: Vec<NomenclatureFile>) -> Answer<Loaded> {
    ctx.authorize(Action::ManageNomenclature)?;
    let (release, files) =
        tokio::task::spawn_blocking(move || Ok::<_, ServiceError>((parsed(&files)?, files)))
            .await
            .map_err(|error| fault(error.to_string()))??;
    let version = release.version().unwrap_or_default().to_owned();
    let mut reader = ctx.house.db.read().await?;
    let known = store::nomenclature::nomenclature_get(&mut reader.conn(), &version).await?;
    let in_use = store::nomenclature::nomenclature_at(&mut reader.conn(), i64::MAX).await?;
    drop(reader);
    if known.as_ref().is_some_and(|known| known.digest != files_digest(&files)) {
        return Err(fault(format!("{version}: other files bear this version already")));
    }
    let loaded = Loaded {
        alleles: release.allele_count(),
        missing: release.missing().iter().map(|table| table.file_name()).collect(),
        changed: in_use.as_deref() != Some(version.as_str()),
        version,
    };
    if !loaded.changed {
        return Ok(loaded);
    }
    let (at, version, change) = (ctx.clone(), loaded.version.clone(), ChangeId(ctx.id()));
    let write = ctx.house.writer.write(move |tx| {
        Box::pin(async move {
            let place = tx.next_event();
            let mut rows = Vec::new();
            if known.is_none() {
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
    Ok(loaded)
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

/// The release in use, ready to be used; [`Release::none`] where none was loaded.
///
/// # Errors
/// As [`release_of`].
pub async fn release_in_use(ctx: &Ctx) -> Answer<Arc<Release>> {
    let mut reader = ctx.house.db.read().await?;
    let version = store::nomenclature::nomenclature_at(&mut reader.conn(), i64::MAX).await?;
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
