//! A change that is ready to be made: authorized and read, waiting for the transaction that it shall be part of.

use futures::future::BoxFuture;
use store::Tx;

use crate::error::Answer;

/// What is left to do inside a transaction.
pub(super) type Deed<T> = Box<dyn for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Answer<T>> + Send>;

/// Makes a deed of a closure.
pub(super) fn deed<T, F>(work: F) -> Deed<T>
where
    F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Answer<T>> + Send + 'static,
{
    Box::new(work)
}
