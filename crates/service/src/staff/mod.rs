//! Staff: making users, and who of them is signed in.

mod password;
mod sign_in;

use domain::access::{Action, Actor, Role};
use domain::id::UserId;
use domain::refusal::Refusal;
use store::StoreError;
use store::staff::StaffRow;

use crate::context::Ctx;
use crate::error::{Answer, ServiceError};

pub use sign_in::{REMEMBERED_SECONDS, SignedIn, sign_in};

/// A name as people sign in with it: half-width, without blanks around it, in lower case.
fn sign_in_name(typed: &str) -> String {
    domain::text::half_width(typed).trim().to_lowercase()
}

/// Makes a user who can sign in with `name` and `password`.
///
/// # Errors
/// [`Refusal::NameTaken`], [`Refusal::NameHasBlank`], [`Refusal::Required`] without a name or a role, and as
/// [`domain::password::acceptable`].
pub async fn user_create(
    ctx: &Ctx,
    name: &str,
    display_name: &str,
    roles: &[Role],
    password: &str,
) -> Answer<UserId> {
    ctx.authorize(Action::ManageUsers)?;
    let name = domain::text::line(&sign_in_name(name), 64)?;
    let display_name = domain::text::line(display_name, 64)?;
    if name.is_empty() || roles.is_empty() {
        return Err(Refusal::Required.into());
    }
    if name.contains(' ') {
        return Err(Refusal::NameHasBlank.into());
    }
    let row = StaffRow {
        id: ctx.id(),
        display_name: if display_name.is_empty() { name.clone() } else { display_name },
        password_hash: password::hash(password, &name).await?,
        name,
        roles: role_words(roles),
        created_at: ctx.now.0,
        disabled_at: None,
    };
    let (id, at) = (UserId(row.id), ctx.clone());
    let made = ctx.house.writer.write(move |tx| {
        Box::pin(async move {
            match store::staff::staff_add(tx, &row).await {
                Err(StoreError::Conflict { .. }) => return Err(Refusal::NameTaken.into()),
                done => done?,
            }
            let mut event = at.event("user.created", ("staff_user", row.id));
            event.detail = serde_json::json!({ "roles": row.roles }).to_string();
            tx.record_facts(event, vec![], &[row.fact()]);
            Ok::<_, ServiceError>(())
        })
    });
    made.await?;
    Ok(id)
}

/// What may be changed of a user.
enum Change {
    /// The hash of another password.
    Password(String),
    Disabled,
    Enabled,
    /// The words of all roles.
    Roles(String),
}

/// Gives a user another password; whoever is signed in with the old one no longer is.
///
/// # Errors
/// [`Refusal::NotFound`], and as [`domain::password::acceptable`].
pub async fn user_set_password(ctx: &Ctx, name: &str, password: &str) -> Answer<()> {
    ctx.authorize(Action::ManageUsers)?;
    let hash = password::hash(password, &sign_in_name(name)).await?;
    user_change(ctx, name, "user.password_set", Change::Password(hash)).await
}

/// Lets a user sign in no more; whoever is signed in as that user no longer is.
///
/// # Errors
/// [`Refusal::NotFound`] when there is no such user or it was so before.
pub async fn user_disable(ctx: &Ctx, name: &str) -> Answer<()> {
    user_change(ctx, name, "user.disabled", Change::Disabled).await
}

/// Lets a disabled user sign in again, with the password of before.
///
/// # Errors
/// [`Refusal::NotFound`] when there is no such user or it may sign in already.
pub async fn user_enable(ctx: &Ctx, name: &str) -> Answer<()> {
    user_change(ctx, name, "user.enabled", Change::Enabled).await
}

/// Gives a user these roles and no others, from the next request on.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::Required`] without a role.
pub async fn user_set_roles(ctx: &Ctx, name: &str, roles: &[Role]) -> Answer<()> {
    if roles.is_empty() {
        return Err(Refusal::Required.into());
    }
    user_change(ctx, name, "user.roles_set", Change::Roles(role_words(roles))).await
}

fn role_words(roles: &[Role]) -> String {
    roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(" ")
}

async fn user_change(ctx: &Ctx, name: &str, kind: &'static str, change: Change) -> Answer<()> {
    ctx.authorize(Action::ManageUsers)?;
    let name = sign_in_name(name);
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let user =
                    store::staff::staff_by_name(&mut tx.conn(), &name).await?.ok_or(Refusal::NotFound)?;
                let id = UserId(user.id);
                let changed = match &change {
                    Change::Password(hash) => store::staff::staff_set_password(tx, id, hash).await?,
                    Change::Disabled => store::staff::staff_disable(tx, id, at.now).await?,
                    Change::Enabled => store::staff::staff_enable(tx, id).await?,
                    Change::Roles(words) => store::staff::staff_set_roles(tx, id, words).await?,
                };
                let changed = changed.ok_or(Refusal::NotFound)?;
                let mut event = at.event(kind, ("staff_user", changed.id));
                if let Change::Roles(words) = change {
                    event.detail = serde_json::json!({ "before": user.roles, "roles": words }).to_string();
                }
                tx.record_facts(event, vec![], &[changed.fact()]);
                Ok::<_, ServiceError>(())
            })
        })
        .await
}

/// A user as a page shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staff {
    /// Id.
    pub user_id: UserId,
    /// The name that colleagues see.
    pub display_name: String,
    /// What they are.
    pub roles: Vec<Role>,
}

impl Staff {
    /// As the context of a use case names them.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::Staff { user_id: self.user_id, roles: self.roles.clone() }
    }
}

/// The user of a session that began with the password of `mark` ([`SignedIn::mark`]); none when the user was disabled
/// or has another password since.
///
/// # Errors
/// As the store.
pub async fn signed_in(ctx: &Ctx, user_id: UserId, mark: &str) -> Answer<Option<Staff>> {
    let mut reader = ctx.house.db.read().await?;
    let row = store::staff::staff_get(&mut reader.conn(), user_id).await?;
    let row = row.filter(|row| row.disabled_at.is_none() && password::mark(ctx, row) == mark);
    row.map(|row| {
        let roles = row.roles()?;
        Ok(Staff { user_id, display_name: row.display_name, roles })
    })
    .transpose()
}
