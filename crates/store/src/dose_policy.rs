//! Policies of doses: rows with their source, of which the newest version in force counts.

use domain::audit::Fields;
use domain::id::DosePolicyId;
use domain::registry::DosePolicy;
use domain::time::Date;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::{StoreError, inconsistent};
use crate::facts::Fact;
use crate::sql::{fetch_all, fetch_optional};

/// A policy as table `dose_policy` keeps it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct DosePolicyRow {
    /// Id.
    pub id: Uuid,
    code: String,
    version: i64,
    single_tnc_e5: i64,
    single_cd34_e3: i64,
    each_of_two_tnc_e5: i64,
    each_of_two_cd34_e3: i64,
    source: String,
    /// The first day that it counts.
    pub in_force_from: String,
}

impl DosePolicyRow {
    /// What this row is, for the event that took it in.
    #[must_use]
    pub fn fact(&self) -> Fact {
        let fields = Fields::new("dose_policy")
            .id(self.id)
            .text(&self.code)
            .int(self.version)
            .int(self.single_tnc_e5)
            .int(self.single_cd34_e3)
            .int(self.each_of_two_tnc_e5)
            .int(self.each_of_two_cd34_e3)
            .text(&self.source)
            .text(&self.in_force_from);
        Fact::new("dose_policy", self.id, fields)
    }

    /// What it says.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`] for a figure below zero or beyond all cells.
    pub fn policy(&self) -> Result<DosePolicy, StoreError> {
        let figure = |value: i64, column| {
            u32::try_from(value).map_err(|_| inconsistent("dose_policy", column, self.id))
        };
        Ok(DosePolicy {
            code: self.code.clone(),
            version: u16::try_from(self.version)
                .map_err(|_| inconsistent("dose_policy", "version", self.id))?,
            single_tnc_e5: figure(self.single_tnc_e5, "single_tnc_e5")?,
            single_cd34_e3: figure(self.single_cd34_e3, "single_cd34_e3")?,
            each_of_two_tnc_e5: figure(self.each_of_two_tnc_e5, "each_of_two_tnc_e5")?,
            each_of_two_cd34_e3: figure(self.each_of_two_cd34_e3, "each_of_two_cd34_e3")?,
            source: self.source.clone(),
        })
    }
}

/// The policies in force on `day`: of each code the newest version, by code.
///
/// # Errors
/// As the driver.
pub async fn dose_policies(conn: &mut Conn<'_>, day: Date) -> Result<Vec<DosePolicyRow>, StoreError> {
    fetch_all!(
        conn,
        DosePolicyRow,
        "select * from dose_policy p where in_force_from <= $1 and version = \
         (select max(n.version) from dose_policy n where n.code = p.code and n.in_force_from <= $1) order by code",
        day.to_string()
    )
}

/// One policy.
///
/// # Errors
/// As the driver.
pub async fn dose_policy_get(
    conn: &mut Conn<'_>,
    id: DosePolicyId,
) -> Result<Option<DosePolicyRow>, StoreError> {
    fetch_optional!(conn, DosePolicyRow, "select * from dose_policy where id = $1", id.0)
}

/// The facts of all policies.
///
/// # Errors
/// As the driver.
pub async fn policy_facts(conn: &mut Conn<'_>) -> Result<Vec<Fact>, StoreError> {
    let rows = fetch_all!(conn, DosePolicyRow, "select * from dose_policy order by id")?;
    Ok(rows.iter().map(DosePolicyRow::fact).collect())
}
