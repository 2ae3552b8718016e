//! Policies of doses: rows with their source, of which the newest version in force counts.

use domain::id::DosePolicyId;
use domain::registry::DosePolicy;
use domain::time::Date;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::{StoreError, inconsistent};
use crate::sql::{fetch_all, fetch_optional};

/// A policy as table `dose_policy` keeps it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
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
