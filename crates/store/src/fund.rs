//! Organisations, plans, funds, programmes and published figures: small tables, read whole.

use domain::audit::Fields;
use domain::fund::{CollectedBy, Fund, Organisation, Plan, Programme};
use domain::id::{FundId, OrganisationId, PlanId, ProgrammeId};
use domain::identity::CreditCode;
use domain::time::Date;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::{StoreError, inconsistent};
use crate::facts::Fact;
use crate::receipt::ReceiptHead;
use crate::sql::{fetch_all, fetch_optional};
use crate::tx::Tx;

#[derive(sqlx_macros::FromRow)]
pub(crate) struct FundRow {
    id: Uuid,
    code: String,
    position: i64,
    name_zh: String,
    name_en: String,
    purpose_zh: String,
    purpose_en: String,
    organisation_id: Option<Uuid>,
    plan_id: Option<Uuid>,
}

#[derive(sqlx_macros::FromRow)]
pub(crate) struct OrganisationRow {
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
    receipt_handler: Option<String>,
}

#[derive(sqlx_macros::FromRow)]
pub(crate) struct PlanRow {
    id: Uuid,
    organisation_id: Uuid,
    filing_number: String,
    title_zh: String,
    title_en: String,
    starts_on: String,
    ends_on: String,
}

#[derive(sqlx_macros::FromRow)]
pub(crate) struct ProgrammeRow {
    id: Uuid,
    fund_id: Uuid,
    code: String,
    name_zh: String,
    name_en: String,
    purpose_zh: String,
    purpose_en: String,
}

impl ProgrammeRow {
    pub(crate) fn fact(&self) -> Fact {
        let fields = Fields::new("programme").id(self.id).id(self.fund_id).text(&self.code);
        let fields = texts(fields, [&self.name_zh, &self.name_en, &self.purpose_zh, &self.purpose_en]);
        Fact::new("programme", self.id, fields)
    }
}

fn texts<const N: usize>(fields: Fields, texts: [&String; N]) -> Fields {
    texts.into_iter().fold(fields, |fields, text| fields.text(text))
}

fn date(table: &'static str, column: &'static str, row: Uuid, text: &str) -> Result<Date, StoreError> {
    text.parse().map_err(|_| inconsistent(table, column, row))
}

impl FundRow {
    pub(crate) fn fact(&self) -> Fact {
        let fields = Fields::new("fund").id(self.id).text(&self.code).int(self.position);
        let fields = texts(fields, [&self.name_zh, &self.name_en, &self.purpose_zh, &self.purpose_en]);
        Fact::new("fund", self.id, fields.maybe_id(self.organisation_id).maybe_id(self.plan_id))
    }
}

impl OrganisationRow {
    pub(crate) const fn id(&self) -> OrganisationId {
        OrganisationId(self.id)
    }

    pub(crate) fn fact(&self) -> Fact {
        let fields = Fields::new("organisation").id(self.id).maybe_text(self.credit_code.as_deref());
        let fields = texts(fields, [&self.name_zh, &self.name_en, &self.certificate, &self.certificate_from]);
        let fields = texts(fields, [&self.certificate_until, &self.receipt_prefix, &self.bank_account]);
        let fields = fields.text(&self.contact);
        // Events from before handlers were named have none in them.
        let handler = self.receipt_handler.as_deref();
        let fields = if handler.is_some() { fields.maybe_text(handler) } else { fields };
        Fact::new("organisation", self.id, fields)
    }

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
            receipt_handler: self.receipt_handler,
            bank_account: self.bank_account,
            contact: self.contact,
        })
    }
}

impl PlanRow {
    pub(crate) const fn id(&self) -> PlanId {
        PlanId(self.id)
    }

    pub(crate) fn fact(&self) -> Fact {
        let fields = Fields::new("plan").id(self.id).id(self.organisation_id).text(&self.filing_number);
        let fields = texts(fields, [&self.title_zh, &self.title_en, &self.starts_on, &self.ends_on]);
        Fact::new("plan", self.id, fields)
    }

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

/// A name under which old books know a fund.
#[derive(sqlx_macros::FromRow)]
struct AliasRow {
    alias: String,
    fund_id: Uuid,
}

impl AliasRow {
    fn fact(&self) -> Fact {
        Fact::new("fund_alias", &self.alias, Fields::new("fund_alias").text(&self.alias).id(self.fund_id))
    }
}

/// The facts of the names under which old books know the funds.
///
/// # Errors
/// As the driver.
pub async fn alias_facts(conn: &mut Conn<'_>) -> Result<Vec<Fact>, StoreError> {
    let rows = fetch_all!(conn, AliasRow, "select * from fund_alias order by alias")?;
    Ok(rows.iter().map(AliasRow::fact).collect())
}

/// A figure that was published, with its date.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
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

impl PublishedFigure {
    pub(crate) fn fact(&self) -> Fact {
        let fields = Fields::new("published_figure").int(self.position);
        let fields =
            texts(fields, [&self.code, &self.value_zh, &self.value_en, &self.label_zh, &self.label_en]);
        let fields = texts(fields, [&self.as_of, &self.source_zh, &self.source_en]);
        Fact::new("published_figure", &self.code, fields)
    }
}

/// What the few rows of recipients, plans, funds, programmes and figures are now.
pub(crate) async fn facts_now(conn: &mut Conn<'_>) -> Result<Vec<Fact>, StoreError> {
    let mut facts = Vec::new();
    macro_rules! rows_of {
        ($row:ty, $sql:literal) => {
            facts.extend(fetch_all!(&mut *conn, $row, $sql)?.iter().map(<$row>::fact))
        };
    }
    rows_of!(OrganisationRow, "select * from organisation");
    rows_of!(PlanRow, "select * from plan");
    rows_of!(FundRow, "select * from fund");
    rows_of!(ProgrammeRow, "select * from programme");
    rows_of!(PublishedFigure, "select * from published_figure");
    facts.extend(alias_facts(conn).await?);
    Ok(facts)
}

/// The published figures in their order.
///
/// # Errors
/// As the driver.
pub async fn published_figures(conn: &mut Conn<'_>) -> Result<Vec<PublishedFigure>, StoreError> {
    fetch_all!(conn, PublishedFigure, "select * from published_figure order by position")
}

/// The organisation with these receipt letters.
///
/// # Errors
/// As the driver.
pub async fn organisation_by_prefix(
    conn: &mut Conn<'_>,
    prefix: &str,
) -> Result<Option<Organisation>, StoreError> {
    let row = fetch_optional!(
        conn,
        OrganisationRow,
        "select * from organisation where receipt_prefix = $1",
        prefix
    )?;
    row.map(OrganisationRow::read).transpose()
}

/// What a receipt keeps of its recipient and of what the gift is for.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub(crate) struct ReceiptFacts {
    pub(crate) name_zh: String,
    pub(crate) name_en: String,
    pub(crate) credit_code: Option<String>,
    pub(crate) certificate: String,
    pub(crate) plan_number: Option<String>,
    pub(crate) fund_zh: String,
    pub(crate) fund_en: String,
    pub(crate) programme_zh: Option<String>,
    pub(crate) programme_en: Option<String>,
    pub(crate) seal_id: Option<Uuid>,
    pub(crate) handler: Option<String>,
}

/// What these facts depend on: recipient, plan, fund, programme.
pub(crate) type ReceiptFactsKey = (Uuid, Option<Uuid>, Uuid, Option<Uuid>);

/// What a receipt of now keeps of its recipient and its purpose; read once a group.
pub(crate) async fn receipt_facts(tx: &mut Tx, head: &ReceiptHead) -> Result<ReceiptFacts, StoreError> {
    let (plan, programme) = (head.plan_id.map(|id| id.0), head.programme_id.map(|id| id.0));
    let key = (head.organisation_id.0, plan, head.fund_id.0, programme);
    if let Some(known) = tx.receipt_facts().get(&key) {
        return Ok(known.clone());
    }
    let read = fetch_optional!(
        &mut tx.conn(),
        ReceiptFacts,
        "select o.name_zh, o.name_en, o.credit_code, o.certificate, p.filing_number as plan_number, \
         f.name_zh as fund_zh, f.name_en as fund_en, g.name_zh as programme_zh, g.name_en as programme_en, \
         (select s.id from seal s where s.organisation_id = o.id order by s.event_seq desc limit 1) as seal_id, \
         o.receipt_handler as handler \
         from organisation o join fund f on f.id = $3 left join plan p on p.id = $2 \
         left join programme g on g.id = $4 where o.id = $1",
        key.0,
        key.1,
        key.2,
        key.3
    )?;
    let read = read.ok_or_else(|| inconsistent("organisation", "id", head.organisation_id))?;
    tx.receipt_facts().insert(key, read.clone());
    Ok(read)
}
