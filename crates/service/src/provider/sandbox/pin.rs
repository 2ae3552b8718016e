//! The one key that answers and notifications of the sandbox are believed by.

use data_encoding::BASE64;
use serde::Deserialize;
use store::StoreError;

use super::client::{ANSWER_MAX, Sandbox, network, read};
use super::signing::TrustedKey;
use crate::context::Ctx;
use crate::provider::ProviderError;

/// Where table `setting` keeps the key that was pinned for an address.
const PIN: &str = "sandbox provider key of ";

#[derive(Deserialize)]
struct Keys {
    keys: Vec<Key>,
}

#[derive(Deserialize)]
struct Key {
    algorithm: String,
    public_key: String,
}

impl Sandbox {
    fn pin(&self) -> String {
        format!("{PIN}{}", self.account.base_url)
    }

    /// The pinned key, where one was pinned. A notification never causes one to be fetched.
    pub(super) async fn pinned(&self, ctx: &Ctx) -> Result<Option<&TrustedKey>, StoreError> {
        if self.trusted.get().is_none() {
            let mut reader = ctx.house.db.read().await?;
            let kept = store::setting::setting_get(&mut reader.conn(), &self.pin()).await?;
            let Some(kept) = kept else { return Ok(None) };
            // Another task may have set it meanwhile, to the same key.
            let _ = self.trusted.set(trusted(&kept)?);
        }
        Ok(self.trusted.get())
    }

    /// The pinned key; on the first use of this house the provider's key is fetched and pinned for all nodes.
    pub(super) async fn trusted_key(&self, ctx: &Ctx) -> Result<&TrustedKey, ProviderError> {
        if let Some(key) = self.pinned(ctx).await? {
            return Ok(key);
        }
        let (fetched, pin) = (*self.fetch(ctx).await?.bytes(), self.pin());
        let kept = ctx.house.writer.write(move |tx| {
            Box::pin(async move { store::setting::setting_claim(tx, &pin, &fetched).await })
        });
        let _ = self.trusted.set(trusted(&kept.await?)?);
        self.trusted.get().ok_or(ProviderError::Untrusted("no key"))
    }

    async fn fetch(&self, ctx: &Ctx) -> Result<TrustedKey, ProviderError> {
        let address = format!("{}/v1/keys", self.account.base_url);
        let response = self.http.get(address).send().await.map_err(network)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = read(response, ANSWER_MAX).await?;
        let unreadable = || ProviderError::Untrusted("unreadable keys");
        let keys: Keys = serde_json::from_slice(&body).map_err(|_| unreadable())?;
        let key = keys.keys.iter().find(|key| key.algorithm == "ed25519").ok_or_else(unreadable)?;
        let bytes = BASE64.decode(key.public_key.as_bytes()).map_err(|_| unreadable())?;
        let key = TrustedKey::new(&bytes).ok_or_else(unreadable)?;
        // Whoever shows a key must hold it.
        key.verify(&headers, &format!("-\n{status:03}\n"), &body, ctx.now)
            .map_err(|_| ProviderError::Untrusted("the key does not sign its own answer"))?;
        tracing::info!("the sandbox provider's key is pinned now");
        Ok(key)
    }
}

fn trusted(kept: &[u8]) -> Result<TrustedKey, StoreError> {
    TrustedKey::new(kept).ok_or_else(|| StoreError::Inconsistent {
        table: "setting",
        column: "value",
        row: PIN.trim_end().to_owned(),
    })
}
