//! The clock and the randomness of the service, as a parameter, so that a test or a demo can fix both.

use jiff::Timestamp;

/// Where the service takes the time and its random bytes from.
pub trait World: Send + Sync + 'static {
    /// The instant it is now.
    fn now(&self) -> Timestamp;

    /// Fills `bytes` with random bytes. In [`RealWorld`] they are fit for keys.
    fn fill(&self, bytes: &mut [u8]);
}

/// The machine's clock and the operating system's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealWorld;

impl World for RealWorld {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the service reads the machine's clock"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn fill(&self, bytes: &mut [u8]) {
        // Without randomness no key, nonce or address of a pay page is safe: stopping is the only right answer.
        getrandom::fill(bytes).expect("the operating system gives random bytes");
    }
}

/// A new number with its kind in front: `prefix`, `_`, then 128 random bits in lower-case hex.
pub(crate) fn new_id(world: &dyn World, prefix: &str) -> String {
    let mut bytes = [0_u8; 16];
    world.fill(&mut bytes);
    format!("{prefix}_{}", data_encoding::HEXLOWER.encode(&bytes))
}

/// The instant that a stored number of milliseconds stands for.
pub(crate) fn instant(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms)
        .expect("stored instants were written from a Timestamp or checked on the way in")
}
