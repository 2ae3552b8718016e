//! What the audit chain itself says of checkpoints: where a file of them was begun, so that a missing one is seen.

use domain::access::{Action, Actor};
use domain::id::IdSource;
use domain::time::Instant;
use store::{Conn, Db, StoreError, Writer};
use uuid::Uuid;

use crate::context::{Ctx, SystemIds};
use crate::error::{Answer, ServiceError};

/// A file was begun at a place: a digest of host and path.
const BEGUN: &str = "checkpoints.begun";

/// Somebody knows why a file was begun anew.
const ACCEPTED: &str = "checkpoints.accepted";

/// The id under which these events are found.
const SUBJECT: (&str, Uuid) = ("checkpoints", Uuid::from_u128(0xC4EC));

/// What the chain says.
#[derive(Debug, Default)]
pub struct Begun {
    /// The places at which files were begun, in the order of the events.
    places: Vec<String>,
    /// Number of the first event by which a file was begun where there had been one, and nobody has accepted it.
    again: Option<i64>,
}

impl Begun {
    /// Reads it.
    pub async fn read(conn: &mut Conn<'_>) -> Result<Self, StoreError> {
        let mut begun = Self::default();
        for event in store::audit::events_of(conn, SUBJECT.1).await? {
            if event.kind == ACCEPTED {
                begun.again = None;
            } else if event.kind == BEGUN {
                let detail: serde_json::Value = serde_json::from_str(&event.detail).unwrap_or_default();
                let place = detail["place"].as_str().unwrap_or_default().to_owned();
                if begun.at(&place) {
                    begun.again = begun.again.or(Some(event.seq));
                }
                begun.places.push(place);
            }
        }
        Ok(begun)
    }

    /// Whether a file was begun at this place.
    pub fn at(&self, place: &str) -> bool {
        self.places.iter().any(|known| known == place)
    }

    /// What is wrong when `here` checkpoints were read.
    pub fn wrong(&self, here: i64) -> Option<String> {
        if here == 0 && !self.places.is_empty() {
            return Some("is missing or empty, though checkpoints were written".to_owned());
        }
        let seq = self.again?;
        Some(format!(
            "was begun anew at audit_event {seq}: the checkpoints before it were lost or taken away. If that is known, \
             accept it: spark verify --accept-checkpoints"
        ))
    }
}

/// Records that a file was begun at `place`. The house's own writer may have ended already.
pub async fn record(db: &Db, chain: i64, place: String, now: Instant) -> Result<(), StoreError> {
    let (writer, task) = Writer::start(db.clone(), chain);
    let written = writer.write(move |tx| {
        Box::pin(async move {
            let mut event = store::event(SystemIds.uuid(now), now, &Actor::System.word(), BEGUN, SUBJECT);
            event.detail = serde_json::json!({ "place": place }).to_string();
            tx.record(event, vec![]);
            Ok::<_, StoreError>(())
        })
    });
    let written = written.await;
    drop(writer);
    // Its end is the end of its connection; a panic in it was told as an error above.
    let _ = task.await;
    written
}

/// Says that it is known why a file of checkpoints was begun anew.
///
/// # Errors
/// When not allowed, or as the store.
pub async fn checkpoints_accept(ctx: &Ctx) -> Answer<()> {
    ctx.authorize(Action::Operate)?;
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                tx.record(at.event(ACCEPTED, SUBJECT), vec![]);
                Ok::<_, ServiceError>(())
            })
        })
        .await
}
