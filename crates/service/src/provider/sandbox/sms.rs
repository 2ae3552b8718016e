//! Text messages by the sandbox's carrier.

use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::Method;
use serde_json::{Value, json};

use super::client::{Answer, Sandbox};
use crate::channel::{ChannelError, SmsCarrier};
use crate::context::Ctx;
use crate::provider::ProviderError;

impl Sandbox {
    async fn send_sms(&self, ctx: &Ctx, number: &str, to: &str, text: &str) -> Result<(), ChannelError> {
        let body = json!({ "out_sms_no": number, "to": to, "text": text });
        match self.call::<Value>(ctx, Method::POST, "/v1/sms", Some(body)).await {
            Ok(Answer::Done(_)) => Ok(()),
            // Sent before under this number, in words that a later change of the gift made differ.
            Ok(Answer::Refused(code)) if code == "sms_conflict" => Ok(()),
            Ok(Answer::Refused(code)) => Err(ChannelError::Never(code)),
            Err(ProviderError::Unavailable(code)) => Err(ChannelError::Later(code)),
            Err(error) => Err(ChannelError::Later(error.word().to_owned())),
        }
    }
}

impl SmsCarrier for Sandbox {
    fn send<'a>(
        &'a self,
        ctx: &'a Ctx,
        number: &'a str,
        to: &'a str,
        text: &'a str,
    ) -> BoxFuture<'a, Result<(), ChannelError>> {
        self.send_sms(ctx, number, to, text).boxed()
    }
}
