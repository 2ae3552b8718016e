//! Sealing: each person has a data key, wrapped by the master key; what is sealed is bound to its table, column and
//! row, so that a sealed value moved elsewhere does not open (AES-256-GCM-SIV, RFC 8452).

use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use domain::giving::TaxTitle;
use domain::id::{PatientId, PersonId};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use store::setting::TaxRequestRow;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::context::Ctx;
use crate::error::{Answer, ServiceError};

/// The keys of this installation.
pub struct Keyring {
    master: Zeroizing<[u8; 32]>,
    /// Where wrapped keys are kept.
    pub store: store::KeyStore,
}

/// Bytes of a nonce, written before the sealed text.
const NONCE: usize = 12;

fn broken(what: &str) -> ServiceError {
    ServiceError::Sealing(what.to_owned())
}

fn seal(key: &[u8; 32], place: &str, text: &[u8]) -> Answer<Vec<u8>> {
    let nonce = crate::context::random::<NONCE>();
    let cipher = Aes256GcmSiv::new_from_slice(key).map_err(|_| broken("key"))?;
    let payload = Payload { msg: text, aad: place.as_bytes() };
    let sealed = cipher.encrypt(&Nonce::from(nonce), payload).map_err(|_| broken("seal"))?;
    Ok([nonce.as_slice(), &sealed].concat())
}

fn open(key: &[u8; 32], place: &str, sealed: &[u8]) -> Answer<Zeroizing<Vec<u8>>> {
    let (nonce, text) = sealed.split_at_checked(NONCE).ok_or_else(|| broken("too short"))?;
    let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| broken("nonce"))?;
    let cipher = Aes256GcmSiv::new_from_slice(key).map_err(|_| broken("key"))?;
    let payload = Payload { msg: text, aad: place.as_bytes() };
    cipher.decrypt(&Nonce::from(nonce), payload).map(Zeroizing::new).map_err(|_| broken("does not open"))
}

impl Keyring {
    /// A keyring with this master key.
    #[must_use]
    pub fn new(master: [u8; 32], store: store::KeyStore) -> Self {
        Self { master: Zeroizing::new(master), store }
    }

    /// A keyed digest (HMAC-SHA256) of `value` for one purpose: for equality on sealed values and for what is limited,
    /// and as the check value by which a node knows the right master key.
    #[must_use]
    pub fn digest(&self, purpose: &str, value: &[u8]) -> [u8; 32] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.master.as_slice()).expect("HMAC takes keys of every length");
        mac.update(&(purpose.len() as u64).to_be_bytes());
        mac.update(purpose.as_bytes());
        mac.update(value);
        mac.finalize().into_bytes().into()
    }

    fn wrap_place(id: Uuid) -> String {
        format!("person_key|wrapped|{id}|master")
    }

    /// Makes and keeps a person's data key.
    async fn make_person_key(&self, id: Uuid) -> Answer<Zeroizing<[u8; 32]>> {
        let key = Zeroizing::new(crate::context::random::<32>());
        let wrapped = seal(&self.master, &Self::wrap_place(id), key.as_slice())?;
        self.store.person_key_add(PersonId(id), &wrapped).await?;
        Ok(key)
    }

    /// Opens a person's data key; none when it was destroyed.
    async fn person_key(&self, id: Uuid) -> Answer<Option<Zeroizing<[u8; 32]>>> {
        let Some(wrapped) = self.store.person_key(PersonId(id)).await? else { return Ok(None) };
        let key = open(&self.master, &Self::wrap_place(id), &wrapped)?;
        let key: [u8; 32] = key.as_slice().try_into().map_err(|_| broken("key length"))?;
        Ok(Some(Zeroizing::new(key)))
    }
}

/// A tax receipt's title and number, sealed.
pub struct SealedTax(TaxRequestRow);

impl SealedTax {
    /// Keeps it beside its gift. The digest goes into the gift's event.
    ///
    /// # Errors
    /// As the store.
    pub async fn add(&self, tx: &mut store::Tx) -> Answer<domain::audit::Hash> {
        Ok(store::setting::tax_request_add(tx, &self.0).await?)
    }
}

/// Seals what a tax receipt needs under the person's own new key.
///
/// # Errors
/// As the key store.
pub async fn seal_tax(ctx: &Ctx, person: Uuid, gift: Uuid, tax: &TaxTitle) -> Answer<SealedTax> {
    let keys = &ctx.house.keys;
    let (kind, title, number) = match tax {
        TaxTitle::Person { title, id } => ("resident_id", title, id.reveal()),
        TaxTitle::Organisation { title, code } => ("credit_code", title, code.as_str()),
    };
    let key = keys.make_person_key(person).await?;
    let place = |column: &str| format!("tax_request|{column}|{gift}|{person}");
    Ok(SealedTax(TaxRequestRow {
        gift_id: gift,
        person_id: person,
        kind: kind.to_owned(),
        title_sealed: seal(&key, &place("title"), title.as_bytes())?,
        number_sealed: seal(&key, &place("number"), number.as_bytes())?,
        number_lookup: keys.digest("tax number", number.as_bytes()).to_vec(),
    }))
}

/// Opens a tax request: (title, number); none when the person's key was destroyed.
///
/// # Errors
/// [`ServiceError::Sealing`] when a value was moved or changed.
pub async fn open_tax(ctx: &Ctx, row: &TaxRequestRow) -> Answer<Option<(String, String)>> {
    let Some(key) = ctx.house.keys.person_key(row.person_id).await? else { return Ok(None) };
    let read = |column: &str, sealed: &[u8]| {
        let place = format!("tax_request|{column}|{}|{}", row.gift_id, row.person_id);
        let text = open(&key, &place, sealed)?;
        String::from_utf8(text.to_vec()).map_err(|_| broken("not text"))
    };
    Ok(Some((read("title", &row.title_sealed)?, read("number", &row.number_sealed)?)))
}

fn diagnosis_place(patient: PatientId) -> String {
    format!("patient|diagnosis|{patient}")
}

/// Seals a patient's diagnosis under the patient's own key, which is made at the first time.
///
/// # Errors
/// As the key store.
pub async fn seal_diagnosis(ctx: &Ctx, patient: PatientId, text: &str) -> Answer<Vec<u8>> {
    let keys = &ctx.house.keys;
    let key = match keys.person_key(patient.0).await? {
        Some(key) => key,
        None => keys.make_person_key(patient.0).await?,
    };
    seal(&key, &diagnosis_place(patient), text.as_bytes())
}

/// Opens a patient's diagnosis; none when the key was destroyed.
///
/// # Errors
/// [`ServiceError::Sealing`] when it was moved or changed.
pub async fn open_diagnosis(ctx: &Ctx, patient: PatientId, sealed: &[u8]) -> Answer<Option<String>> {
    let Some(key) = ctx.house.keys.person_key(patient.0).await? else { return Ok(None) };
    let text = open(&key, &diagnosis_place(patient), sealed)?;
    String::from_utf8(text.to_vec()).map(Some).map_err(|_| broken("not text"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_only_in_its_own_place() {
        let key = [7; 32];
        let sealed = seal(&key, "t|c|1|k", "11010519491231002X".as_bytes()).unwrap();
        assert_eq!(open(&key, "t|c|1|k", &sealed).unwrap().as_slice(), b"11010519491231002X");
        assert!(open(&key, "t|c|2|k", &sealed).is_err(), "moved to another row");
        assert!(open(&[8; 32], "t|c|1|k", &sealed).is_err(), "another key");
        let mut changed = sealed.clone();
        changed[NONCE] ^= 1;
        assert!(open(&key, "t|c|1|k", &changed).is_err(), "changed");
        assert!(open(&key, "t|c|1|k", &sealed[..5]).is_err(), "cut");
        assert!(!sealed.windows(6).any(|w| w == b"110105"));
    }
}
