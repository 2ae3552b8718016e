//! The context of a use case: who acts, when, and what of the house it may use.

use std::sync::Arc;

use domain::access::{Action, Actor, allows};
use domain::id::{IdSource, Token};
use domain::refusal::Refusal;
use domain::time::Instant;
use store::{Db, Writer};
use uuid::Uuid;

use crate::error::{Answer, ServiceError};
use crate::programme::ProgrammeCache;
use crate::sealing::Keyring;

/// The house: one for each running program.
pub struct House {
    /// The database.
    pub db: Db,
    /// The one writer.
    pub writer: Writer,
    /// Where ids and tokens come from.
    pub ids: Arc<dyn IdSource>,
    /// Funds and who collects for them, at most a second old.
    pub programme: ProgrammeCache,
    /// The keys that seal personal data.
    pub keys: Keyring,
    /// Settings that rules ask for.
    pub settings: Settings,
}

/// Settings that use cases ask for.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the public finds this site, without a slash at the end: `https://spark.example.org`.
    pub base_url: String,
    /// Whether this is production: there the sandbox is not offered.
    pub production: bool,
    /// Whether all of it is a demonstration: then papers say so.
    pub demo: bool,
    /// How long a payment is offered, in seconds.
    pub payment_seconds: i64,
    /// How long a bank transfer is waited for, in seconds.
    pub transfer_seconds: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            base_url: "http://127.0.0.1:3000".to_owned(),
            production: false,
            demo: true,
            payment_seconds: 30 * 60,
            transfer_seconds: 30 * 24 * 3600,
        }
    }
}

/// The context of one use case.
#[derive(Clone)]
pub struct Ctx {
    /// The house.
    pub house: Arc<House>,
    /// Who acts.
    pub actor: Actor,
    /// When.
    pub now: Instant,
}

impl Ctx {
    /// Goes on only if the actor may do `action`.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`].
    pub fn authorize(&self, action: Action) -> Answer<()> {
        if allows(&self.actor, action) { Ok(()) } else { Err(ServiceError::Refused(Refusal::NotAllowed)) }
    }

    /// A new id.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.house.ids.uuid(self.now)
    }

    /// A new unguessable token.
    #[must_use]
    pub fn token(&self) -> Token {
        self.house.ids.token()
    }

    /// An event of this moment by this actor.
    #[must_use]
    pub fn event(&self, kind: &str, subject: (&str, Uuid)) -> domain::audit::Event {
        store::event(self.id(), self.now, &self.actor.word(), kind, subject)
    }

    /// The same context in the name of the program itself.
    #[must_use]
    pub fn as_system(&self) -> Self {
        Self { actor: Actor::System, ..self.clone() }
    }
}

/// Ids from the operating system's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemIds;

pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // Without randomness no address is unguessable: going on would be worse than stopping.
    getrandom::fill(&mut bytes).expect("the operating system gives randomness");
    bytes
}

impl IdSource for SystemIds {
    fn uuid(&self, now: Instant) -> Uuid {
        let millis = u64::try_from(now.millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &random()).into_uuid()
    }

    fn token(&self) -> Token {
        Token(random())
    }
}
