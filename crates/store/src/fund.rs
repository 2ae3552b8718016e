//! Organisations, plans, funds, programmes and published figures: small tables, read whole.

use domain::fund::{CollectedBy, Fund, Organisation, Plan, Programme};
use domain::id::{FundId, OrganisationId, PlanId, ProgrammeId};
use domain::identity::CreditCode;
use domain::time::Date;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::{StoreError, inconsistent};
use crate::sql::{execute, fetch_all, fetch_optional};
use crate::tx::Tx;

#[derive(sqlx::FromRow)]
struct FundRow {
    id: Uuid,
    code: String,
    name_zh: String,
    name_en: String,
    purpose_zh: String,
    purpose_en: String,
    organisation_id: Option<Uuid>,
    plan_id: Option<Uuid>,
}

#[derive(sqlx::FromRow)]
struct OrganisationRow {
    id: Uuid,
    name_zh: String,
    name_en: String,
    credit_code: Option<String>,
    certificate: String,
    certificate_from: String,
    certificate_until: String,
    receipt_prefix: String,
    bank_account: String,
    contact: String,
}

#[derive(sqlx::FromRow)]
struct PlanRow {
    id: Uuid,
    organisation_id: Uuid,
    filing_number: String,
    title_zh: String,
    title_en: String,
    starts_on: String,
    ends_on: String,
}

#[derive(sqlx::FromRow)]
struct ProgrammeRow {
    id: Uuid,
    fund_id: Uuid,
    code: String,
    name_zh: String,
    name_en: String,
    purpose_zh: String,
    purpose_en: String,
}

fn date(table: &'static str, column: &'static str, row: Uuid, text: &str) -> Result<Date, StoreError> {
    text.parse().map_err(|_| inconsistent(table, column, row))
}

impl OrganisationRow {
    fn read(self) -> Result<Organisation, StoreError> {
        let credit_code = self.credit_code.map(|code| CreditCode::read(&code)).transpose();
        Ok(Organisation {
            id: OrganisationId(self.id),
            credit_code: credit_code.map_err(|_| inconsistent("organisation", "credit_code", self.id))?,
            certificate_from: date("organisation", "certificate_from", self.id, &self.certificate_from)?,
            certificate_until: date("organisation", "certificate_until", self.id, &self.certificate_until)?,
            name_zh: self.name_zh,
            name_en: self.name_en,
            certificate: self.certificate,
            receipt_prefix: self.receipt_prefix,
            bank_account: self.bank_account,
            contact: self.contact,
        })
    }
}

impl PlanRow {
    fn read(self) -> Result<Plan, StoreError> {
        Ok(Plan {
            id: PlanId(self.id),
            organisation_id: OrganisationId(self.organisation_id),
            starts_on: date("plan", "starts_on", self.id, &self.starts_on)?,
            ends_on: date("plan", "ends_on", self.id, &self.ends_on)?,
            filing_number: self.filing_number,
            title_zh: self.title_zh,
            title_en: self.title_en,
        })
    }
}

/// All funds in their order, each with its recipient and plan where they are set.
///
/// # Errors
/// As the driver.
pub async fn funds(conn: &mut Conn<'_>) -> Result<Vec<Fund>, StoreError> {
    let rows = fetch_all!(&mut *conn, FundRow, "select * from fund order by position")?;
    let organisations = organisations(conn).await?;
    let plans = fetch_all!(conn, PlanRow, "select * from plan")?;
    let plans = plans.into_iter().map(PlanRow::read).collect::<Result<Vec<_>, _>>()?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let organisation = organisations.iter().find(|o| Some(o.id.0) == row.organisation_id).cloned();
            let plan = plans.iter().find(|p| Some(p.id.0) == row.plan_id).cloned();
            Fund {
                id: FundId(row.id),
                code: row.code,
                name_zh: row.name_zh,
                name_en: row.name_en,
                purpose_zh: row.purpose_zh,
                purpose_en: row.purpose_en,
                collected_by: organisation
                    .zip(plan)
                    .map(|(organisation, plan)| CollectedBy { organisation, plan }),
            }
        })
        .collect())
}

/// All organisations.
///
/// # Errors
/// As the driver.
pub async fn organisations(conn: &mut Conn<'_>) -> Result<Vec<Organisation>, StoreError> {
    let rows = fetch_all!(conn, OrganisationRow, "select * from organisation order by id")?;
    rows.into_iter().map(OrganisationRow::read).collect()
}

/// One organisation.
///
/// # Errors
/// As the driver.
pub async fn organisation_get(
    conn: &mut Conn<'_>,
    id: OrganisationId,
) -> Result<Option<Organisation>, StoreError> {
    let row = fetch_optional!(conn, OrganisationRow, "select * from organisation where id = $1", id.0)?;
    row.map(OrganisationRow::read).transpose()
}

/// All directed programmes, by code.
///
/// # Errors
/// As the driver.
pub async fn programmes(conn: &mut Conn<'_>) -> Result<Vec<Programme>, StoreError> {
    let rows = fetch_all!(conn, ProgrammeRow, "select * from programme order by code")?;
    Ok(rows
        .into_iter()
        .map(|row| Programme {
            id: ProgrammeId(row.id),
            fund_id: FundId(row.fund_id),
            code: row.code,
            name_zh: row.name_zh,
            name_en: row.name_en,
            purpose_zh: row.purpose_zh,
            purpose_en: row.purpose_en,
        })
        .collect())
}

/// The names under which old books know the funds: (alias, fund).
///
/// # Errors
/// As the driver.
pub async fn fund_aliases(conn: &mut Conn<'_>) -> Result<Vec<(String, FundId)>, StoreError> {
    let rows = fetch_all!(conn, (String, Uuid), "select alias, fund_id from fund_alias order by alias")?;
    Ok(rows.into_iter().map(|(alias, id)| (alias, FundId(id))).collect())
}

/// A figure that was published, with its date.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PublishedFigure {
    /// Short code.
    pub code: String,
    /// Place in the list.
    pub position: i64,
    /// The figure as published.
    pub value_zh: String,
    /// The same in English.
    pub value_en: String,
    /// What it counts.
    pub label_zh: String,
    /// The same in English.
    pub label_en: String,
    /// The day to which it refers, `YYYY-MM-DD`.
    pub as_of: String,
    /// Where it was published.
    pub source_zh: String,
    /// The same in English.
    pub source_en: String,
}

/// The published figures in their order.
///
/// # Errors
/// As the driver.
pub async fn published_figures(conn: &mut Conn<'_>) -> Result<Vec<PublishedFigure>, StoreError> {
    fetch_all!(conn, PublishedFigure, "select * from published_figure order by position")
}

/// Keeps an organisation: new, or with new facts under the same receipt letters.
///
/// # Errors
/// As the driver.
pub async fn organisation_put(tx: &mut Tx, o: &Organisation) -> Result<OrganisationId, StoreError> {
    let (id,) = crate::sql::fetch_one!(
        &mut tx.conn(),
        (Uuid,),
        "insert into organisation (id, name_zh, name_en, credit_code, certificate, certificate_from, \
         certificate_until, receipt_prefix, bank_account, contact) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
         on conflict (receipt_prefix) do update set name_zh = excluded.name_zh, name_en = excluded.name_en, \
         credit_code = excluded.credit_code, certificate = excluded.certificate, \
         certificate_from = excluded.certificate_from, certificate_until = excluded.certificate_until, \
         bank_account = excluded.bank_account, contact = excluded.contact returning id",
        o.id.0,
        &o.name_zh,
        &o.name_en,
        o.credit_code.as_ref().map(|code| code.as_str().to_owned()),
        &o.certificate,
        o.certificate_from.to_string(),
        o.certificate_until.to_string(),
        &o.receipt_prefix,
        &o.bank_account,
        &o.contact
    )?;
    Ok(OrganisationId(id))
}

/// Keeps a plan: new, or with new facts under the same filing number.
///
/// # Errors
/// As the driver.
pub async fn plan_put(tx: &mut Tx, plan: &Plan) -> Result<PlanId, StoreError> {
    let (id,) = crate::sql::fetch_one!(
        &mut tx.conn(),
        (Uuid,),
        "insert into plan (id, organisation_id, filing_number, title_zh, title_en, starts_on, ends_on) \
         values ($1, $2, $3, $4, $5, $6, $7) on conflict (filing_number) do update set \
         title_zh = excluded.title_zh, title_en = excluded.title_en, starts_on = excluded.starts_on, \
         ends_on = excluded.ends_on returning id",
        plan.id.0,
        plan.organisation_id.0,
        &plan.filing_number,
        &plan.title_zh,
        &plan.title_en,
        plan.starts_on.to_string(),
        plan.ends_on.to_string()
    )?;
    Ok(PlanId(id))
}

/// Sets who collects for a fund, and under which plan. `false` when there is no such fund.
///
/// # Errors
/// As the driver.
pub async fn fund_set_collector(
    tx: &mut Tx,
    code: &str,
    organisation: OrganisationId,
    plan: PlanId,
) -> Result<bool, StoreError> {
    let changed = execute!(
        &mut tx.conn(),
        "update fund set organisation_id = $2, plan_id = $3 where code = $1",
        code,
        organisation.0,
        plan.0
    )?;
    Ok(changed == 1)
}

/// Keeps a directed programme: new, or with new words under the same code.
///
/// # Errors
/// As the driver.
pub async fn programme_put(tx: &mut Tx, p: &Programme) -> Result<(), StoreError> {
    execute!(
        &mut tx.conn(),
        "insert into programme (id, fund_id, code, name_zh, name_en, purpose_zh, purpose_en) \
         values ($1, $2, $3, $4, $5, $6, $7) on conflict (code) do update set name_zh = excluded.name_zh, \
         name_en = excluded.name_en, purpose_zh = excluded.purpose_zh, purpose_en = excluded.purpose_en",
        p.id.0,
        p.fund_id.0,
        &p.code,
        &p.name_zh,
        &p.name_en,
        &p.purpose_zh,
        &p.purpose_en
    )?;
    Ok(())
}

/// Keeps a published figure.
///
/// # Errors
/// As the driver.
pub async fn published_figure_put(tx: &mut Tx, f: &PublishedFigure) -> Result<(), StoreError> {
    execute!(
        &mut tx.conn(),
        "insert into published_figure (code, position, value_zh, value_en, label_zh, label_en, as_of, source_zh, \
         source_en) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (code) do update set \
         position = excluded.position, value_zh = excluded.value_zh, value_en = excluded.value_en, \
         label_zh = excluded.label_zh, label_en = excluded.label_en, as_of = excluded.as_of, \
         source_zh = excluded.source_zh, source_en = excluded.source_en",
        &f.code,
        f.position,
        &f.value_zh,
        &f.value_en,
        &f.label_zh,
        &f.label_en,
        &f.as_of,
        &f.source_zh,
        &f.source_en
    )?;
    Ok(())
}
