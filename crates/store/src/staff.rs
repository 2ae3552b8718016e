//! Staff who can sign in: their names, password hashes and roles.

use domain::access::Role;
use domain::audit::Fields;
use domain::id::UserId;
use domain::time::Instant;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::{StoreError, inconsistent};
use crate::facts::Fact;
use crate::sql::{execute, fetch_all, fetch_optional};
use crate::tx::Tx;

/// A member of staff as table `staff_user` keeps them.
#[derive(Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct StaffRow {
    /// Id.
    pub id: Uuid,
    /// The name to sign in with, in lower case.
    pub name: String,
    /// The name that colleagues see.
    pub display_name: String,
    /// The password's hash as a PHC string (argon2id).
    pub password_hash: String,
    /// Words of the roles, with one blank between them.
    pub roles: String,
    /// When the user was made (µs).
    pub created_at: i64,
    /// Since when the user may not sign in any more (µs).
    pub disabled_at: Option<i64>,
}

impl std::fmt::Debug for StaffRow {
    // A password's hash must not reach a log by way of {:?}.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StaffRow").field("id", &self.id).field("roles", &self.roles).finish_non_exhaustive()
    }
}

impl StaffRow {
    /// What this row is, for the event that wrote it.
    #[must_use]
    pub fn fact(&self) -> Fact {
        let fields = Fields::new("staff_user")
            .id(self.id)
            .text(&self.name)
            .text(&self.display_name)
            .text(&self.password_hash)
            .text(&self.roles)
            .int(self.created_at)
            .maybe_int(self.disabled_at);
        Fact::new("staff_user", self.id, fields)
    }

    /// Reads the roles.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`] for a word that is no role.
    pub fn roles(&self) -> Result<Vec<Role>, StoreError> {
        let words = self.roles.split(' ').filter(|word| !word.is_empty());
        words
            .map(|word| Role::from_word(word).ok_or_else(|| inconsistent("staff_user", "roles", self.id)))
            .collect()
    }
}

/// Adds a user.
///
/// # Errors
/// [`StoreError::Conflict`] when the name is taken.
pub async fn staff_add(tx: &mut Tx, row: &StaffRow) -> Result<(), StoreError> {
    execute!(
        &mut tx.conn(),
        "insert into staff_user (id, name, display_name, password_hash, roles, created_at, disabled_at) \
         values ($1, $2, $3, $4, $5, $6, $7)",
        row.id,
        &row.name,
        &row.display_name,
        &row.password_hash,
        &row.roles,
        row.created_at,
        row.disabled_at
    )?;
    Ok(())
}

/// The user with this sign-in name.
///
/// # Errors
/// As the driver.
pub async fn staff_by_name(conn: &mut Conn<'_>, name: &str) -> Result<Option<StaffRow>, StoreError> {
    fetch_optional!(conn, StaffRow, "select * from staff_user where name = $1", name)
}

/// The user with this id.
///
/// # Errors
/// As the driver.
pub async fn staff_get(conn: &mut Conn<'_>, id: UserId) -> Result<Option<StaffRow>, StoreError> {
    fetch_optional!(conn, StaffRow, "select * from staff_user where id = $1", id.0)
}

/// All users, by name.
///
/// # Errors
/// As the driver.
pub async fn staff_list(conn: &mut Conn<'_>) -> Result<Vec<StaffRow>, StoreError> {
    fetch_all!(conn, StaffRow, "select * from staff_user order by name")
}

/// Gives a user another password. `None` when there is no such user.
///
/// # Errors
/// As the driver.
pub async fn staff_set_password(tx: &mut Tx, id: UserId, hash: &str) -> Result<Option<StaffRow>, StoreError> {
    fetch_optional!(
        &mut tx.conn(),
        StaffRow,
        "update staff_user set password_hash = $2 where id = $1 returning *",
        id.0,
        hash
    )
}

/// Lets a user sign in no more. `None` when there is no such user or it was so before.
///
/// # Errors
/// As the driver.
pub async fn staff_disable(tx: &mut Tx, id: UserId, now: Instant) -> Result<Option<StaffRow>, StoreError> {
    fetch_optional!(
        &mut tx.conn(),
        StaffRow,
        "update staff_user set disabled_at = $2 where id = $1 and disabled_at is null returning *",
        id.0,
        now.0
    )
}

/// Lets a disabled user sign in again. `None` when there is no such user or it may already.
///
/// # Errors
/// As the driver.
pub async fn staff_enable(tx: &mut Tx, id: UserId) -> Result<Option<StaffRow>, StoreError> {
    fetch_optional!(
        &mut tx.conn(),
        StaffRow,
        "update staff_user set disabled_at = null where id = $1 and disabled_at is not null returning *",
        id.0
    )
}

/// Gives a user these roles, words with a blank between. `None` when there is no such user.
///
/// # Errors
/// As the driver.
pub async fn staff_set_roles(tx: &mut Tx, id: UserId, roles: &str) -> Result<Option<StaffRow>, StoreError> {
    fetch_optional!(
        &mut tx.conn(),
        StaffRow,
        "update staff_user set roles = $2 where id = $1 returning *",
        id.0,
        roles
    )
}
