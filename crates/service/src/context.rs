//! The context of a use case: who acts, when, and what of the house it may use.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::access::{Action, Actor, Scope, allows};
use domain::giving::Channel;
use domain::id::{IdSource, Token};
use domain::refusal::Refusal;
use domain::registry::HoldDays;
use domain::time::Instant;
use store::{Db, Writer};
use uuid::Uuid;

use crate::channel::Channels;
use crate::error::{Answer, ServiceError};
use crate::limits::Counted;
use crate::programme::ProgrammeCache;
use crate::provider::Providers;
use crate::registry::live::Live;
use crate::registry::uploads::Uploads;
use crate::sealing::Keyring;
use crate::work::Bells;

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
    /// Who collects money.
    pub providers: Providers,
    /// How donors are reached.
    pub channels: Channels,
    /// Wake the workers of this node.
    pub bells: Bells,
    /// The units in memory, as this node searches them.
    pub registry: Live,
    /// Files of units that staff send.
    pub uploads: Uploads,
    /// What laboratories' systems read through this node.
    pub reads: Counted,
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
    /// How long holds on units may last.
    pub hold_days: HoldDays,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            base_url: "http://127.0.0.1:3000".to_owned(),
            production: false,
            demo: true,
            payment_seconds: 30 * 60,
            transfer_seconds: 30 * 24 * 3600,
            hold_days: HoldDays::default(),
        }
    }
}

impl Settings {
    /// The gift's own page, where a payer's browser comes back to and which every message links to.
    #[must_use]
    pub fn gift_url(&self, token: Token) -> String {
        format!("{}/gift/{token}", self.base_url)
    }

    /// Where a channel's provider sends its notifications.
    #[must_use]
    pub fn notify_url(&self, channel: Channel) -> String {
        format!("{}/notify/{}", self.base_url, channel.as_str())
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
    /// [`Refusal::NotAllowed`]; a key is told which scope it lacks ([`Refusal::ScopeMissing`]).
    pub fn authorize(&self, action: Action) -> Answer<()> {
        if allows(&self.actor, action) {
            return Ok(());
        }
        let scope = matches!(self.actor, Actor::ApiKey { .. }).then(|| Scope::of(action)).flatten();
        Err(ServiceError::Refused(scope.map_or(Refusal::NotAllowed, |scope| Refusal::ScopeMissing { scope })))
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

/// Ids that repeat: the same seed gives the same run. For demonstrations and tests only: they can be guessed.
pub struct SeededIds {
    seed: u64,
    next: AtomicU64,
}

impl SeededIds {
    /// Ids of one seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed, next: AtomicU64::new(1) }
    }

    fn bytes(&self) -> [u8; 16] {
        let count = self.next.fetch_add(1, Ordering::Relaxed);
        // Each count gives other bytes (splitmix64's constants), so that indexes see what looks like randomness.
        let mix = |n: u64| {
            let n = (n ^ (n >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let n = (n ^ (n >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            n ^ (n >> 31)
        };
        let high = mix(self.seed.wrapping_add(count.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&high.to_be_bytes());
        bytes[8..].copy_from_slice(&mix(high ^ count).to_be_bytes());
        bytes
    }
}

impl IdSource for SeededIds {
    fn uuid(&self, now: Instant) -> Uuid {
        let bytes = self.bytes();
        let random: [u8; 10] = std::array::from_fn(|place| bytes[place]);
        uuid::Builder::from_unix_timestamp_millis(now.millis().unsigned_abs(), &random).into_uuid()
    }

    fn token(&self) -> Token {
        Token(self.bytes())
    }
}
