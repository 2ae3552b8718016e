//! Searches as they were made, match reports and who signed them.

use domain::audit::{Fields, Hash};
use domain::id::{PatientId, ReportId, SearchId, UserId};
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;
use crate::sql::{execute, fetch_all, fetch_one, fetch_optional, insert_rows};
use crate::tx::{EventPlace, Tx};

/// A search with everything that replays it: table `match_search`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct SearchRow {
    /// Id.
    pub id: Uuid,
    /// The patient, when one is recorded.
    pub patient_id: Option<Uuid>,
    /// The typing as given, as JSON.
    pub hla_typed: String,
    /// The typing as understood: a GL String.
    pub hla: String,
    /// 6, 8 or 10.
    pub class: i64,
    /// At least so many matches.
    pub at_least: i64,
    /// The patient's weight in grams.
    pub weight_g: Option<i64>,
    /// The patient's blood group, or empty.
    pub abo: String,
    /// Antigens against which there are antibodies, as given.
    pub antibodies: String,
    /// What else a unit had to have, as JSON.
    pub filter: String,
    /// The release of the nomenclature, if one was loaded.
    pub release: Option<String>,
    /// The policy of doses.
    pub policy_id: Option<Uuid>,
    /// The registry's number.
    pub registry_number: i64,
    /// Counts a class, as JSON.
    pub totals: String,
    /// Who made it: as an event's actor.
    pub made_by: String,
    /// When, µs.
    pub made_at: i64,
    /// Chain of the event.
    pub event_chain: i64,
    /// Number of the event.
    pub event_seq: i64,
}

impl SearchRow {
    /// The digest for the audit chain.
    #[must_use]
    pub fn digest(&self) -> Hash {
        Fields::new("match_search")
            .id(self.id)
            .maybe_id(self.patient_id)
            .text(&self.hla_typed)
            .text(&self.hla)
            .int(self.class)
            .int(self.at_least)
            .maybe_int(self.weight_g)
            .text(&self.abo)
            .text(&self.antibodies)
            .text(&self.filter)
            .maybe_text(self.release.as_deref())
            .maybe_id(self.policy_id)
            .int(self.registry_number)
            .text(&self.totals)
            .text(&self.made_by)
            .int(self.made_at)
            .finish()
    }
}

/// Adds a search.
///
/// # Errors
/// As the driver.
pub async fn search_add(tx: &mut Tx, row: &SearchRow) -> Result<(), StoreError> {
    let conn = &mut tx.conn();
    insert_rows!(
        conn,
        "insert into match_search (id, patient_id, hla_typed, hla, class, at_least, weight_g, abo, antibodies, filter, \
         release, policy_id, registry_number, totals, made_by, made_at, event_chain, event_seq) ",
        std::slice::from_ref(row),
        |bind, row| {
            bind.push_bind(row.id)
                .push_bind(row.patient_id)
                .push_bind(&row.hla_typed)
                .push_bind(&row.hla)
                .push_bind(row.class)
                .push_bind(row.at_least)
                .push_bind(row.weight_g)
                .push_bind(&row.abo)
                .push_bind(&row.antibodies)
                .push_bind(&row.filter)
                .push_bind(row.release.as_deref())
                .push_bind(row.policy_id)
                .push_bind(row.registry_number)
                .push_bind(&row.totals)
                .push_bind(&row.made_by)
                .push_bind(row.made_at)
                .push_bind(row.event_chain)
                .push_bind(row.event_seq);
        }
    )
}

/// A search.
///
/// # Errors
/// As the driver.
pub async fn search_get(conn: &mut Conn<'_>, id: SearchId) -> Result<Option<SearchRow>, StoreError> {
    fetch_optional!(conn, SearchRow, "select * from match_search where id = $1", id.0)
}

/// A match report: table `match_report`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct ReportRow {
    /// Id.
    pub id: Uuid,
    /// The search that it tells.
    pub search_id: Uuid,
    /// Its number on paper.
    pub number: String,
    /// What it says, as JSON; never changes.
    pub content: String,
    /// SHA-256 of `content`.
    pub digest: Vec<u8>,
    /// Who made it: as an event's actor.
    pub made_by: String,
    /// When, µs.
    pub made_at: i64,
    /// Chain of the event.
    pub event_chain: i64,
    /// Number of the event.
    pub event_seq: i64,
}

impl ReportRow {
    /// The report's id.
    #[must_use]
    pub const fn report_id(&self) -> ReportId {
        ReportId(self.id)
    }

    /// The digest for the audit chain.
    #[must_use]
    pub fn row_digest(&self) -> Hash {
        Fields::new("match_report")
            .id(self.id)
            .id(self.search_id)
            .text(&self.number)
            .text(&self.content)
            .bytes(&self.digest)
            .text(&self.made_by)
            .int(self.made_at)
            .finish()
    }
}

/// Adds a report.
///
/// # Errors
/// As the driver, also when its number is taken.
pub async fn report_add(tx: &mut Tx, row: &ReportRow) -> Result<(), StoreError> {
    execute!(
        &mut tx.conn(),
        "insert into match_report (id, search_id, number, content, digest, made_by, made_at, event_chain, event_seq) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        row.id,
        row.search_id,
        &row.number,
        &row.content,
        &row.digest,
        &row.made_by,
        row.made_at,
        row.event_chain,
        row.event_seq
    )?;
    Ok(())
}

/// How many reports were made since a moment, µs.
///
/// # Errors
/// As the driver.
pub async fn reports_since(conn: &mut Conn<'_>, from: i64) -> Result<i64, StoreError> {
    let (count,) = fetch_one!(conn, (i64,), "select count(*) from match_report where made_at >= $1", from)?;
    Ok(count)
}

/// A report.
///
/// # Errors
/// As the driver.
pub async fn report_get(conn: &mut Conn<'_>, id: ReportId) -> Result<Option<ReportRow>, StoreError> {
    fetch_optional!(conn, ReportRow, "select * from match_report where id = $1", id.0)
}

/// The newest reports of a patient.
///
/// # Errors
/// As the driver.
pub async fn reports_list(
    conn: &mut Conn<'_>,
    patient: PatientId,
    limit: i64,
) -> Result<Vec<ReportRow>, StoreError> {
    fetch_all!(
        conn,
        ReportRow,
        "select r.* from match_report r join match_search s on s.id = r.search_id \
         where s.patient_id = $1 order by r.id desc limit $2",
        patient.0,
        limit
    )
}

/// A report as a line: what was searched, how many were found, who signed.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct ReportLineRow {
    /// Id.
    pub id: Uuid,
    /// Its number on paper.
    pub number: String,
    /// When it was made, µs.
    pub made_at: i64,
    /// Who made it: as an event's actor.
    pub made_by: String,
    /// 6, 8 or 10.
    pub class: i64,
    /// At least so many matches.
    pub at_least: i64,
    /// Counts a class, as JSON.
    pub totals: String,
    /// Display name of who signed it; a draft otherwise.
    pub signed_by: Option<String>,
    /// When, µs.
    pub signed_at: Option<i64>,
}

/// The newest reports of a patient as lines, without what they say, at most `limit`.
///
/// # Errors
/// As the driver.
pub async fn report_lines(
    conn: &mut Conn<'_>,
    patient: PatientId,
    limit: i64,
) -> Result<Vec<ReportLineRow>, StoreError> {
    fetch_all!(
        conn,
        ReportLineRow,
        "select r.id, r.number, r.made_at, r.made_by, s.class, s.at_least, s.totals, u.display_name as signed_by, \
         g.signed_at from match_search s join match_report r on r.search_id = s.id \
         left join match_signature g on g.report_id = r.id left join staff_user u on u.id = g.signed_by \
         where s.patient_id = $1 order by r.id desc limit $2",
        patient.0,
        limit
    )
}

/// Who signed a report: table `match_signature`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct SignatureRow {
    /// The report.
    pub report_id: Uuid,
    /// Who.
    pub signed_by: Uuid,
    /// When, µs.
    pub signed_at: i64,
    /// Chain of the event.
    pub event_chain: i64,
    /// Number of the event.
    pub event_seq: i64,
}

impl SignatureRow {
    /// The digest for the audit chain.
    #[must_use]
    pub fn digest(&self) -> Hash {
        Fields::new("match_signature").id(self.report_id).id(self.signed_by).int(self.signed_at).finish()
    }
}

/// Signs a report.
///
/// # Errors
/// As the driver, also when it is signed already.
pub async fn signature_add(
    tx: &mut Tx,
    report: ReportId,
    by: UserId,
    at: i64,
    place: EventPlace,
) -> Result<SignatureRow, StoreError> {
    let row = SignatureRow {
        report_id: report.0,
        signed_by: by.0,
        signed_at: at,
        event_chain: place.chain,
        event_seq: place.seq,
    };
    execute!(
        &mut tx.conn(),
        "insert into match_signature (report_id, signed_by, signed_at, event_chain, event_seq) values ($1, $2, $3, $4, $5)",
        row.report_id,
        row.signed_by,
        row.signed_at,
        row.event_chain,
        row.event_seq
    )?;
    Ok(row)
}

/// The signature of a report with the signer's name, if there is one.
///
/// # Errors
/// As the driver.
pub async fn signature_get(
    conn: &mut Conn<'_>,
    report: ReportId,
) -> Result<Option<(SignatureRow, String)>, StoreError> {
    let found = fetch_optional!(
        conn,
        SignedRow,
        "select s.*, u.display_name from match_signature s join staff_user u on u.id = s.signed_by where s.report_id = $1",
        report.0
    )?;
    Ok(found.map(|row| (row.signature, row.display_name)))
}

#[derive(sqlx_macros::FromRow)]
struct SignedRow {
    display_name: String,
    #[sqlx(flatten)]
    signature: SignatureRow,
}

/// The digests of rows of matching that events `from`..=`to` wrote, each with its event's number.
///
/// # Errors
/// As the driver.
pub(crate) async fn written_by(
    conn: &mut Conn<'_>,
    chain: i64,
    from: i64,
    to: i64,
) -> Result<Vec<(i64, Hash)>, StoreError> {
    macro_rules! rows_of {
        ($row:ty, $sql:literal) => {
            fetch_all!(&mut *conn, $row, $sql, chain, from, to)?
        };
    }
    let mut digests = Vec::new();
    let searches = rows_of!(
        SearchRow,
        "select * from match_search where event_chain = $1 and event_seq between $2 and $3"
    );
    digests.extend(searches.iter().map(|row| (row.event_seq, row.digest())));
    let reports = rows_of!(
        ReportRow,
        "select * from match_report where event_chain = $1 and event_seq between $2 and $3"
    );
    digests.extend(reports.iter().map(|row| (row.event_seq, row.row_digest())));
    let signatures = rows_of!(
        SignatureRow,
        "select * from match_signature where event_chain = $1 and event_seq between $2 and $3"
    );
    digests.extend(signatures.iter().map(|row| (row.event_seq, row.digest())));
    let releases = rows_of!(
        crate::nomenclature::NomenclatureRow,
        "select * from nomenclature where event_chain = $1 and event_seq between $2 and $3"
    );
    digests.extend(releases.iter().map(|row| (row.event_seq, row.row_digest())));
    let uses = rows_of!(
        (i64, Uuid, String),
        "select event_seq, change_id, version from nomenclature_use where event_chain = $1 and event_seq between $2 and $3"
    );
    let of = |(seq, change, version): &(i64, Uuid, String)| {
        (*seq, crate::nomenclature::use_digest(*change, version))
    };
    digests.extend(uses.iter().map(of));
    Ok(digests)
}
