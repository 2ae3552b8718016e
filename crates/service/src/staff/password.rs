//! Passwords: argon2id with OWASP's parameters, few at a time, off the threads that serve.

use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use data_encoding::HEXLOWER;
use domain::password::{MOST_CHARACTERS, acceptable};
use store::staff::StaffRow;
use zeroize::Zeroizing;

use crate::context::Ctx;
use crate::error::{Answer, ServiceError};
use crate::turns::Turns;

/// Each hash takes 19 MiB and a core for some 20 ms, and the site must go on being served.
static TURNS: Turns = Turns::new(2, 32);

/// Costs what a real hash costs and fits no known password: for names that nobody has.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c3BhcmsgbmFtZXMgbm9ib2R5$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// argon2id, version 0x13, m = 19 MiB, t = 2, p = 1: the defaults of the crate and OWASP's first choice
/// (<https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html>).
fn argon2() -> Argon2<'static> {
    Argon2::default()
}

/// The hash of a new password of the user who signs in as `name`, as a PHC string.
///
/// # Errors
/// As [`acceptable`].
pub async fn hash(password: &str, name: &str) -> Answer<String> {
    acceptable(password, name)?;
    let password = Zeroizing::new(password.to_owned());
    let hashed =
        TURNS.take(move || argon2().hash_password(password.as_bytes()).map(|hash| hash.to_string())).await?;
    hashed.map_err(|_| ServiceError::Sealing("password".to_owned()))
}

/// Whether `password` is the one of `user`. Without a user it takes as long and is false.
///
/// # Errors
/// [`ServiceError::Busy`] when too many wait already.
pub async fn fits(password: &str, user: Option<&StaffRow>) -> Answer<bool> {
    let hash = user.map_or(NOBODY, |user| &user.password_hash).to_owned();
    // A longer one fits nobody; hashing its beginning keeps the time the same.
    let long = password.chars().nth(MOST_CHARACTERS).is_some();
    let password = Zeroizing::new(password.chars().take(MOST_CHARACTERS).collect::<String>());
    let fits =
        TURNS.take(move || argon2().verify_password(password.as_bytes(), hash.as_str()).is_ok()).await?;
    Ok(fits && user.is_some() && !long)
}

/// Tells one password of a user from the next without telling anything of it: sessions keep it.
#[must_use]
pub fn mark(ctx: &Ctx, user: &StaffRow) -> String {
    HEXLOWER.encode(&ctx.house.keys.digest("password mark", user.password_hash.as_bytes())[..16])
}

#[cfg(test)]
mod tests {
    use argon2::{Params, PasswordHash};

    use super::*;

    #[tokio::test]
    async fn nobody_costs_what_somebody_costs() {
        let somebody = hash("correct horse battery", "li.na").await.unwrap();
        let costs = |text: &str| {
            let hash = PasswordHash::new(text).unwrap();
            (hash.algorithm.to_string(), hash.version, Params::try_from(&hash).unwrap())
        };
        assert_eq!(costs(NOBODY), costs(&somebody));
        assert_eq!(costs(&somebody).2, Params::new(19 * 1024, 2, 1, Some(32)).unwrap());
    }
}
